import * as z from 'zod'
import type { Image, Workload } from '#core/model/resource.ts'
import { lxdImageId, workloadId } from '#core/model/resource-ids.ts'
import { decodeJson } from '../tool-output.ts'
import { FILES_PROPERTY } from './image-name.ts'
import { LIMIT_KEYS, limits } from './limits.ts'
import { type InstanceMark, readMark } from './mark.ts'

const TextMap = z.record(z.string(), z.string()).nullish()

const Instance = z.looseObject({
  name: z.string(),
  status: z.string(),
  config: TextMap,
  last_used_at: z.string().nullish(),
})
type Instance = z.infer<typeof Instance>

const State = z.looseObject({ status: z.string(), pid: z.number().nullish() })

const ListedImage = z.looseObject({
  fingerprint: z.string(),
  aliases: z.array(z.looseObject({ name: z.string() })).nullish(),
  properties: TextMap,
})

/** The form of every answer that is not an operation (LXD REST API, "Return values"). */
const answerOf = <T>(metadata: z.ZodType<T>) => z.looseObject({ metadata })

const Server = z.looseObject({ environment: z.looseObject({ server: z.string(), server_version: z.string() }) })

/** Answer of `GET /1.0`, as a person reads it. Throws TOOL_FAILED. */
export const parseVersion = (text: string): string => {
  const { server, server_version: version } = decodeJson('LXD', text, answerOf(Server)).metadata.environment
  return `${server} ${version}`
}

/** The pool for root disks, from `GET /1.0/storage-pools`: `default`, else the first; undefined where there is none. */
export const parsePool = (text: string): string | undefined => {
  const { metadata } = decodeJson('LXD storage pools', text, answerOf(z.array(z.string())))
  const names = metadata.map((path) => decodeURIComponent(path.slice(path.lastIndexOf('/') + 1)))
  return names.includes('default') ? 'default' : names.toSorted()[0]
}

/** Every name each image may be called by: aliases, fingerprint, its short form, the digests of its files. */
export const parseImages = (text: string): readonly Image[] => {
  const { metadata } = decodeJson('LXD images', text, answerOf(z.array(ListedImage)))
  const names = metadata.flatMap(({ fingerprint, aliases, properties }) => {
    const files = properties?.[FILES_PROPERTY]
    const digest = `sha256:${fingerprint}`
    return [
      ...(aliases ?? []).map((alias) => alias.name),
      fingerprint,
      fingerprint.slice(0, 12),
      digest,
      ...(files === undefined ? [] : [`sha256:${files}`]),
    ].map((name) => [name, digest] as const)
  })
  return [...new Map(names)].map(([name, digest]) => ({
    kind: 'image',
    provider: 'lxd',
    id: lxdImageId(name),
    needs: [],
    name,
    digest,
  }))
}

/** One of ours. */
export interface OwnInstance {
  readonly instance: Instance
  readonly mark: InstanceMark
}

/** Those of `GET /1.0/instances?recursion=1` that are ours. Throws TOOL_FAILED. */
export const ownInstances = (text: string): readonly OwnInstance[] =>
  decodeJson('LXD instances', text, answerOf(z.array(Instance))).metadata.flatMap((instance) => {
    const mark = readMark(instance.name, instance.config ?? {})
    return mark === undefined ? [] : [{ instance, mark }]
  })

const Operation = z.looseObject({
  description: z.string(),
  resources: z.record(z.string(), z.array(z.string())).nullish(),
})

/** Names of instances that somebody's restart is under way for, from `GET /1.0/operations?recursion=1`. Throws TOOL_FAILED. */
export const parseRestarts = (text: string): ReadonlySet<string> => {
  const { metadata } = decodeJson('LXD operations', text, answerOf(z.record(z.string(), z.array(Operation))))
  const restarts = (metadata.running ?? []).filter(({ description }) => description === 'Restarting instance')
  const paths = restarts.flatMap(({ resources }) => [...(resources?.instances ?? []), ...(resources?.containers ?? [])])
  return new Set(paths.map((path) => decodeURIComponent(path.slice(path.lastIndexOf('/') + 1))))
}

/** What runs and what does not; LXD is between the two for moments only. */
const STATES: Readonly<Record<string, Workload['state']>> = {
  running: 'running',
  stopped: 'exited',
  frozen: 'paused',
  starting: 'created',
}

/** One of ours with its state, answer of `GET /1.0/instances/NAME/state`. Throws TOOL_FAILED. */
export const toWorkload = ({ instance, mark }: OwnInstance, stateText: string): Workload => {
  const { status, pid } = decodeJson('LXD instance', stateText, answerOf(State)).metadata
  const seen = STATES[status.toLowerCase()] ?? 'other'
  // Named running a moment before it has a process that others could go into; and one that never ran has not ended.
  const isFresh = (seen === 'running' && (pid ?? 0) <= 0) || (seen === 'exited' && hasNeverRun(instance))
  const state = isFresh ? 'created' : seen
  const fault = faultOf(instance, mark)
  return {
    kind: 'workload',
    provider: 'lxd',
    id: workloadId(mark.lab, mark.node),
    needs: [],
    lab: mark.lab,
    node: mark.node,
    containerName: mark.containerName,
    spec: mark.spec ?? { image: '', hostname: '', env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
    specHash: mark.specHash,
    state,
    containerId: instance.name,
    startedAt: instance.last_used_at ?? '',
    ...(pid != null && pid > 0 ? { pid } : {}),
    ...(fault === undefined ? {} : { fault }),
  }
}

/** LXD writes the first of all times then. */
const hasNeverRun = ({ last_used_at: at }: Instance): boolean => at == null || /^(1970|0001)-/.test(at)

const faultOf = ({ config }: Instance, { spec }: InstanceMark): string | undefined => {
  if (spec === undefined) return 'its configuration does not say what was asked for'
  const asked: Readonly<Record<string, string>> = limits(spec)
  return LIMIT_KEYS.some((key) => config?.[key] !== asked[key]) ? 'its CPU or memory limit was changed' : undefined
}
