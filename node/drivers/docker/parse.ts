import * as z from 'zod'
import type { Image, Workload } from '#core/model/resource.ts'
import { imageId, workloadId } from '#core/model/resource-ids.ts'
import { decodeJson } from '../tool-output.ts'
import { imageNames } from './image-name.ts'
import { type ContainerMark, readMark } from './mark.ts'

const Labels = z.record(z.string(), z.string()).nullish()

const ListedImage = z.looseObject({
  Id: z.string(),
  RepoTags: z.array(z.string()).nullish(),
  RepoDigests: z.array(z.string()).nullish(),
  Labels,
})
/** One row of `GET /images/json`. */
export type ListedImage = z.infer<typeof ListedImage>

const ListedContainer = z.looseObject({
  Id: z.string(),
  ImageID: z.string(),
  Names: z.array(z.string()).nullish(),
  Labels,
})
/** One row of `GET /containers/json`. */
export type ListedContainer = z.infer<typeof ListedContainer>

const Inspected = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  Config: z.looseObject({ Labels }),
  State: z.looseObject({
    Status: z.string(),
    Pid: z.number(),
    StartedAt: z.string(),
    ExitCode: z.number(),
    /** Why the last start failed. */
    Error: z.string().nullish(),
    Health: z.looseObject({ Status: z.string() }).nullish(),
  }),
  HostConfig: z.looseObject({
    NanoCpus: z.number().nullish(),
    Memory: z.number().nullish(),
    NetworkMode: z.string().nullish(),
  }),
})
type Inspected = z.infer<typeof Inspected>

const Version = z.looseObject({ Version: z.string(), ApiVersion: z.string() })

/** Answer of `GET /version`, as a person reads it. Throws TOOL_FAILED. */
export const parseVersion = (text: string): string => {
  const { Version: version, ApiVersion: api } = decodeJson('docker version', text, Version)
  return `docker ${version}, API ${api}`
}

/** Answer of `GET /images/json`. Throws TOOL_FAILED. */
export const parseImages = (text: string): readonly ListedImage[] =>
  decodeJson('docker images', text, z.array(ListedImage))

/** Every name each image may be called by: tags, digests, both, its id. */
export const namesOf = (images: readonly ListedImage[]): readonly Image[] => {
  const names = images.flatMap((image) => {
    const tags = (image.RepoTags ?? []).filter((tag) => !tag.startsWith('<none>'))
    const digests = (image.RepoDigests ?? []).filter((digest) => !digest.startsWith('<none>'))
    const pinned = tags.flatMap((tag) =>
      digests.filter((d) => isSameRepository(tag, d)).map((d) => `${tag}${d.slice(d.indexOf('@'))}`),
    )
    const all = [...[...tags, ...digests, ...pinned].flatMap(imageNames), image.Id, image.Id.replace('sha256:', '')]
    return all.map((name) => [name, image.Id] as const)
  })
  return [...new Map(names)].map(([name, digest]) => ({ kind: 'image', id: imageId(name), needs: [], name, digest }))
}

const isSameRepository = (tag: string, digest: string): boolean =>
  digest.slice(0, digest.indexOf('@')) === tag.slice(0, tag.lastIndexOf(':'))

/**
 * The containers of `GET /containers/json` that are ours. Labels alone do not prove it: `docker commit` of one of ours puts
 * them on an image, and every container of that image inherits them. Of such images only one that has the name we gave counts.
 */
export const ownContainers = (text: string, images: readonly ListedImage[]): readonly ListedContainer[] => {
  const marked = new Set(images.filter((image) => readMark(image.Labels ?? {}) !== undefined).map((image) => image.Id))
  return decodeJson('docker containers', text, z.array(ListedContainer)).filter((container) => {
    const mark = readMark(container.Labels ?? {})
    if (mark === undefined) return false
    return !marked.has(container.ImageID) || (container.Names ?? []).includes(`/${mark.name}`)
  })
}

const STATES: Readonly<Record<string, Workload['state']>> = {
  running: 'running',
  created: 'created',
  exited: 'exited',
  paused: 'paused',
}

/** Answer of `GET /containers/ID/json`; undefined where it is not ours. Throws TOOL_FAILED. */
export const parseContainer = (text: string, isAlive: (pid: number) => boolean): Workload | undefined => {
  const container = decodeJson('docker container', text, Inspected)
  const mark = readMark(container.Config.Labels ?? {})
  if (mark === undefined) return undefined
  const { Status, Pid, StartedAt, ExitCode } = container.State
  const fault = faultOf(container, mark)
  const isLost = Pid > 0 && !isAlive(Pid)
  const state = isLost ? 'lost' : (STATES[Status] ?? 'other')
  return {
    kind: 'workload',
    provider: 'docker',
    id: workloadId(mark.lab, mark.node),
    needs: [],
    lab: mark.lab,
    node: mark.node,
    containerName: container.Name.replace(/^\//, ''),
    spec: mark.spec ?? { image: '', hostname: '', env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
    specHash: mark.specHash,
    state,
    containerId: container.Id,
    startedAt: StartedAt,
    ...(Pid > 0 && !isLost ? { pid: Pid } : {}),
    ...(state === 'exited' ? { exitCode: ExitCode } : {}),
    ...healthOf(container),
    ...joinsOf(container),
    ...(fault === undefined ? {} : { fault }),
  }
}

/** Absent where the container has no health check: the engine then says `none`, or nothing. */
const healthOf = ({ State }: Inspected): Pick<Workload, 'health'> => {
  const status = State.Health?.Status
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? { health: status } : {}
}

const CONTAINER_MODE = /^container:([0-9a-f]{64})$/

/** The engine keeps the id of the container whose network is shared, whatever it was named by. */
const joinsOf = ({ HostConfig }: Inspected): Pick<Workload, 'joins'> => {
  const [, containerId] = CONTAINER_MODE.exec(HostConfig.NetworkMode ?? '') ?? []
  return containerId === undefined ? {} : { joins: { containerId } }
}

/**
 * What a start says after containerd was killed in the middle of another: the engine takes the container for ended, containerd still has its
 * task, and until the engine itself is restarted no start of this container works.
 */
const LOST_TASK = /\btask\b.*: already exists/

const faultOf = (container: Inspected, mark: ContainerMark): string | undefined => {
  if (mark.spec === undefined) return 'its labels do not say what was asked for'
  if (container.Name !== `/${mark.name}`) return `it was renamed from ${mark.name} to ${container.Name.slice(1)}`
  const { cpu = 0, memoryBytes = 0 } = mark.spec
  const { NanoCpus, Memory } = container.HostConfig
  if ((NanoCpus ?? 0) !== nanoCpus(cpu) || (Memory ?? 0) !== memoryBytes) return 'its CPU or memory limit was changed'
  const { Status, Error: why } = container.State
  if (Status !== 'running' && LOST_TASK.test(why ?? '')) return 'the engine cannot start it again'
  return Status === 'dead' ? 'the engine calls it dead' : undefined
}

/** CPUs in the engine's unit. */
export const nanoCpus = (cpus: number): number => Math.round(cpus * 1e9)
