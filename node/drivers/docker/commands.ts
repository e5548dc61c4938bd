import type { Image, Op, Workload } from '#core/model/resource.ts'
import type { Command } from '#platform/exec.ts'
import type { ExplainedRequest, Explanation } from '#platform/explained.ts'
import { containerBody } from './body.ts'
import { parseImageName } from './image-name.ts'
import { MARK_FILTER, ownFilters } from './mark.ts'

/** The engine's socket as its packages make it; `/var/run` is a link to `/run`. */
export const DOCKER_SOCKET = '/run/docker.sock'

/** Pulls of large images over slow lines. */
const PULL_TIMEOUT_MS = 600_000
/** Making, starting and removing on a busy host. */
const CHANGE_TIMEOUT_MS = 120_000

/** How the containers of one engine are made and read. */
export interface DockerOptions {
  readonly socket: string
  /** False where the kernel has no IPv6: then its sysctls are not there to set. */
  readonly ipv6: boolean
  /** False where the engine cannot give all capabilities. */
  readonly grantsAll: boolean
  /** Whether a process of this host runs; the engine may have missed its end while containerd was away. */
  isAlive(pid: number): boolean
}

/** Lists what is on this host; no version in the path means the engine's newest API. */
export const listCommands = (socket: string) => ({
  version: { socket, method: 'GET', path: '/version', timeoutMs: 5000 } as const,
  images: { socket, method: 'GET', path: '/images/json' } as const,
  containers: { socket, method: 'GET', path: `/containers/json?all=1&${filters({ label: [MARK_FILTER] })}` } as const,
})

/** Reads one container; status 404 where it went away meanwhile. */
export const inspectCommand = (socket: string, containerId: string) =>
  ({ socket, method: 'GET', path: `/containers/${containerId}/json`, okStatus: [200, 404] }) as const

/** Pulls an image. Fails with IMAGE_MISSING and the engine's reason. */
export const pullCommand = (socket: string, image: Pick<Image, 'name'>): ExplainedRequest => {
  const { repository, tag, digest } = parseImageName(image.name)
  const query = new URLSearchParams({ fromImage: repository, tag: digest ?? tag ?? 'latest' })
  return {
    socket,
    method: 'POST',
    path: `/images/create?${query}`,
    timeoutMs: PULL_TIMEOUT_MS,
    failures: {
      other: { code: 'IMAGE_MISSING', message: `image ${image.name} is not on this host and cannot be pulled` },
    },
  }
}

/** Finds an image that may not be fetched missing: IMAGE_MISSING, unless it came meanwhile. */
export const mustBeThere = (socket: string, { name, digest }: Image): ExplainedRequest => {
  const message =
    digest === undefined
      ? `image ${name} is not on this host, and \`image-pull-policy: Never\` forbids to fetch it`
      : `image ${name} is not the one that its lab runs (${digest.slice(0, 19)}), and no host that can be asked has that one`
  return {
    socket,
    method: 'GET',
    path: `/images/${digest ?? name}/json`,
    failures: { 404: { code: 'IMAGE_MISSING', message } },
  }
}

/** The commands for one change of one container, in order; running them twice is harmless. */
export const workloadCommands = (options: DockerOptions, op: Op<Workload>): readonly Command[] => {
  if (op.type === 'create') return create(options, op.to)
  if (op.type === 'delete') return [remove(options.socket, op.from)]
  const { from, to } = op
  const isOther = from.specHash !== to.specHash || from.containerName !== to.containerName
  if (isOther || from.fault !== undefined || from.state === 'other')
    return [remove(options.socket, from), ...create(options, to)]
  if (from.state === 'paused') return [act(options.socket, from, 'unpause', UNPAUSED)]
  // Start does nothing for what the engine takes for running; it waits 10 s for an end that was, then starts.
  if (from.state === 'lost') return [act(options.socket, from, 'restart?t=0', [204])]
  if (from.state === 'running') return []
  // Whoever made it may have died before it was unpacked.
  const unpacked = from.state === 'created' && to.start !== undefined ? [unpack(options.socket, to, to.start)] : []
  return [...unpacked, act(options.socket, from, 'start', [204, 304])]
}

/** Away with a container, and made again of another image: all else stays what it was. */
export const restoreCommands = (options: DockerOptions, workload: Workload, image: string): readonly Command[] => [
  remove(options.socket, workload),
  ...create(options, workload, image),
]

/** Not paused any more is told as 500 (20.10) or 409 (newer), without a way to tell it from other failures: what is seen next decides. */
const UNPAUSED = [204, 409, 500]

const act = (
  socket: string,
  workload: Workload,
  verb: 'start' | 'unpause' | 'restart?t=0',
  okStatus: readonly number[],
): ExplainedRequest => ({
  socket,
  method: 'POST',
  path: `/containers/${workload.containerId ?? workload.containerName}/${verb}`,
  timeoutMs: CHANGE_TIMEOUT_MS,
  okStatus,
  failures: {
    other: failed(`cannot ${verb.replace(/\?.*/, '')} container ${workload.containerName}${rightsHint(workload)}`),
  },
})

/** Engines that may not give all capabilities themselves say only "operation not permitted". */
const rightsHint = ({ spec: { privileged, capAdd = [] } }: Workload): string => {
  if (privileged === true)
    return ', which the topology asks to be privileged: where the engine itself lacks capabilities, leave `privileged` out'
  return capAdd.length === 0 ? '' : `, which the topology gives ${capAdd.join(', ')} by \`cap-add\``
}

/** By the engine's id: a name may be somebody else's by now. Gone or going already (404, 409) is as good as removed. */
const remove = (socket: string, workload: Workload): ExplainedRequest => ({
  socket,
  method: 'DELETE',
  path: `/containers/${workload.containerId ?? workload.containerName}?force=1&v=1`,
  timeoutMs: CHANGE_TIMEOUT_MS,
  okStatus: [204, 404, 409],
  failures: { other: failed(`cannot remove container ${workload.containerName}`) },
})

/** A taken name (409) may be our own earlier attempt: the second command tells, before anything is started by that name. */
const create = (
  options: DockerOptions,
  workload: Workload,
  image = workload.imageDigest ?? workload.spec.image,
): readonly Command[] => {
  const { socket } = options
  const name = workload.containerName
  const made: ExplainedRequest = {
    socket,
    method: 'POST',
    path: `/containers/create?${new URLSearchParams({ name })}`,
    body: { ...containerBody(workload, options), Image: image },
    timeoutMs: CHANGE_TIMEOUT_MS,
    okStatus: [201, 409],
    failures: {
      404: {
        code: 'IMAGE_MISSING',
        message: `image ${workload.spec.image} of ${workload.lab}/${workload.node} is not on this host`,
      },
      other: failed(`cannot make container ${name}`),
    },
  }
  const isOurs: ExplainedRequest = {
    socket,
    method: 'GET',
    path: `/containers/json?all=1&${filters({ name: [`^/?${name.replaceAll('.', '\\.')}$`], label: ownFilters(workload) })}`,
    mustContain: {
      text: '"Id"',
      otherwise: failed(
        `a container named ${name} exists that is not of lab ${workload.lab} or not Skein's; rename or remove it`,
      ),
    },
  }
  const fetched = workload.pull === 'always' ? [pullCommand(socket, { name: image })] : []
  const unpacked = workload.start === undefined ? [] : [unpack(socket, workload, workload.start)]
  return [...fetched, made, isOurs, ...unpacked, act(socket, { ...workload, containerId: name }, 'start', [204, 304])]
}

/** Before it starts, so that the first process finds the files; folders that are not there are made. */
const unpack = (socket: string, { containerName }: Workload, archive: string): ExplainedRequest => ({
  socket,
  method: 'PUT',
  path: `/containers/${containerName}/archive?${new URLSearchParams({ path: '/' })}`,
  files: [{ part: 'archive', path: archive }],
  timeoutMs: CHANGE_TIMEOUT_MS,
  failures: { other: failed(`cannot put the files that ${containerName} starts with into it`) },
})

const failed = (message: string): Explanation => ({ code: 'TOOL_FAILED', message })

const filters = (value: object): string => new URLSearchParams({ filters: JSON.stringify(value) }).toString()
