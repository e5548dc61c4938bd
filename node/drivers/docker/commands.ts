import type { Bind } from '#core/model/lab.ts'
import type { Image, Op, Workload } from '#core/model/resource.ts'
import type { Command } from '#platform/exec.ts'
import type { ExplainedRequest, Explanation } from '#platform/explained.ts'
import { parseImageName } from './image-name.ts'
import { containerLabels, MARK_FILTER, ownFilters } from './mark.ts'
import { nanoCpus } from './parse.ts'

/** The engine's socket as its packages make it; `/var/run` is a link to `/run`. */
export const DOCKER_SOCKET = '/run/docker.sock'

/** Pulls of large images over slow lines. */
const PULL_TIMEOUT_MS = 600_000
/** Making, starting and removing on a busy host. */
const CHANGE_TIMEOUT_MS = 120_000

/**
 * What a network operating system needs, instead of all capabilities: many engines refuse those and `--privileged`
 * (capabilities(7); the engine's own defaults come on top).
 */
const CAPABILITIES = [
  'NET_ADMIN',
  'NET_RAW',
  'NET_BROADCAST',
  'NET_BIND_SERVICE',
  'SYS_ADMIN',
  'SYS_PTRACE',
  'SYS_CHROOT',
  'SYS_NICE',
  'IPC_LOCK',
] as const

/** How the containers of one engine are made. */
export interface DockerOptions {
  readonly socket: string
  /** False where the kernel has no IPv6: then its sysctls are not there to set. */
  readonly ipv6: boolean
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
export const pullCommand = (socket: string, image: Image): ExplainedRequest => {
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

/** The commands for one change of one container, in order; running them twice is harmless. */
export const workloadCommands = (options: DockerOptions, op: Op<Workload>): readonly Command[] => {
  if (op.type === 'create') return create(options, op.to)
  if (op.type === 'delete') return [remove(options.socket, op.from)]
  const { from, to } = op
  const isOther = from.specHash !== to.specHash || from.containerName !== to.containerName
  if (isOther || from.fault !== undefined || from.state === 'other')
    return [remove(options.socket, from), ...create(options, to)]
  if (from.state === 'paused') return [act(options.socket, from, 'unpause', UNPAUSED)]
  return from.state === 'running' ? [] : [act(options.socket, from, 'start', [204, 304])]
}

/** Not paused any more is told as 500 (20.10) or 409 (newer), without a way to tell it from other failures: what is seen next decides. */
const UNPAUSED = [204, 409, 500]

const act = (
  socket: string,
  workload: Workload,
  verb: 'start' | 'unpause',
  okStatus: readonly number[],
): ExplainedRequest => ({
  socket,
  method: 'POST',
  path: `/containers/${workload.containerId ?? workload.containerName}/${verb}`,
  timeoutMs: CHANGE_TIMEOUT_MS,
  okStatus,
  failures: { other: failed(`cannot ${verb} container ${workload.containerName}`) },
})

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
const create = (options: DockerOptions, workload: Workload): readonly Command[] => {
  const { socket } = options
  const name = workload.containerName
  const made: ExplainedRequest = {
    socket,
    method: 'POST',
    path: `/containers/create?${new URLSearchParams({ name })}`,
    body: containerBody(options, workload),
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
  return [made, isOurs, act(socket, { ...workload, containerId: name }, 'start', [204, 304])]
}

const failed = (message: string): Explanation => ({ code: 'TOOL_FAILED', message })

const filters = (value: object): string => new URLSearchParams({ filters: JSON.stringify(value) }).toString()

/** Body of `POST /containers/create`, Docker Engine API 1.41. */
const containerBody = (options: DockerOptions, workload: Workload): object => {
  const { spec } = workload
  return {
    Image: spec.image,
    Hostname: spec.hostname,
    Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
    Labels: containerLabels(workload),
    // A terminal and an open standard input keep a shell alive that has nothing to do.
    Tty: true,
    OpenStdin: true,
    ExposedPorts: Object.fromEntries(spec.ports.map((port) => [`${port.containerPort}/${port.protocol}`, {}])),
    ...(spec.cmd === undefined ? {} : { Cmd: spec.cmd }),
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: spec.entrypoint.length === 0 ? [''] : spec.entrypoint }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    HostConfig: hostConfig(options, workload),
  }
}

const hostConfig = (options: DockerOptions, { spec }: Workload): object => ({
  // Ports cannot be published from here; they are recorded as exposed only until there is a management network.
  NetworkMode: 'none',
  RestartPolicy: { Name: 'no' },
  Privileged: false,
  Init: false,
  CapAdd: CAPABILITIES,
  SecurityOpt: ['apparmor=unconfined', 'seccomp=unconfined'],
  // Empty, not absent: nothing of /proc is hidden or read-only, routers set their own /proc/sys/net.
  MaskedPaths: [],
  ReadonlyPaths: [],
  Sysctls: { ...defaultSysctls(options.ipv6), ...spec.sysctls },
  Mounts: spec.binds.filter(isMount).map(mount),
  Binds: spec.binds.filter((bind) => !isMount(bind)).map((bind) => `${bind.source}:${bind.target}:${bind.options}`),
  ...(spec.cpu === undefined ? {} : { NanoCpus: nanoCpus(spec.cpu) }),
  ...(spec.memoryBytes === undefined ? {} : { Memory: spec.memoryBytes }),
})

/**
 * The engine switches IPv6 off in containers without a network of its own (seen in 20.10). Forwarding and reverse path
 * are as containerlab's nodes find them.
 */
const defaultSysctls = (ipv6: boolean): Readonly<Record<string, string>> => ({
  'net.ipv4.ip_forward': '1',
  'net.ipv4.conf.all.rp_filter': '0',
  'net.ipv4.conf.default.rp_filter': '0',
  ...(ipv6 ? { 'net.ipv6.conf.all.disable_ipv6': '0', 'net.ipv6.conf.default.disable_ipv6': '0' } : {}),
})

const PROPAGATION = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']

/** A mount fails where its source is missing; a bind would silently make a folder on the host. Binds are left for `z`, `Z` and their like. */
const isMount = (bind: Bind): boolean =>
  bindOptions(bind).every((option) => option === 'ro' || option === 'rw' || PROPAGATION.includes(option))

const bindOptions = (bind: Bind): readonly string[] => (bind.options ?? '').split(',').filter((option) => option !== '')

const mount = (bind: Bind): object => {
  const propagation = bindOptions(bind).find((option) => PROPAGATION.includes(option))
  return {
    Type: 'bind',
    Source: bind.source,
    Target: bind.target,
    ReadOnly: bindOptions(bind).includes('ro'),
    ...(propagation === undefined ? {} : { BindOptions: { Propagation: propagation } }),
  }
}
