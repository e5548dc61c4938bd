import type { Healthcheck, Volume } from '#core/model/node-parts.ts'
import type { Workload, WorkloadSpec } from '#core/model/resource.ts'
import { MARK_KEY } from '../owner-mark.ts'
import { containerLabels } from './mark.ts'
import { isMount, mount } from './mounts.ts'
import { nanoCpus } from './parse.ts'

/**
 * What a network operating system needs, instead of all capabilities: many engines refuse those and `--privileged`
 * (capabilities(7); the engine's own defaults come on top).
 */
const CAPABILITIES: readonly string[] = [
  ...['NET_ADMIN', 'NET_RAW', 'NET_BROADCAST', 'NET_BIND_SERVICE', 'SYS_ADMIN'],
  ...['SYS_PTRACE', 'SYS_CHROOT', 'SYS_NICE', 'IPC_LOCK'],
]

const UNCONFINED: readonly string[] = ['apparmor=unconfined', 'seccomp=unconfined']

/** What the machine of an engine has. */
export interface Machine {
  /** Whether its kernel has IPv6. */
  readonly ipv6: boolean
  /** Whether the engine can give a container all capabilities; an engine in a container often cannot. */
  readonly grantsAll: boolean
}

/** Body of `POST /containers/create`, Docker Engine API 1.41. */
export const containerBody = (workload: Workload, machine: Machine): object => {
  const { spec } = workload
  // The engine refuses both for a container in another's network.
  const hasOwnNetwork = typeof spec.network !== 'object'
  return {
    Image: spec.image,
    ...(hasOwnNetwork ? { Hostname: spec.hostname } : {}),
    Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
    Labels: containerLabels(workload),
    // A terminal and an open standard input keep a shell alive that has nothing to do.
    Tty: true,
    OpenStdin: true,
    ...(hasOwnNetwork
      ? { ExposedPorts: Object.fromEntries(spec.ports.map((port) => [`${port.containerPort}/${port.protocol}`, {}])) }
      : {}),
    ...(spec.cmd === undefined ? {} : { Cmd: spec.cmd }),
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: spec.entrypoint.length === 0 ? [''] : spec.entrypoint }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    ...(spec.healthcheck === undefined ? {} : { Healthcheck: healthcheck(spec.healthcheck) }),
    HostConfig: hostConfig(workload, machine),
  }
}

const hostConfig = ({ spec, resolver }: Workload, { ipv6, grantsAll }: Machine): object => ({
  // Not a network of the engine's: links and the management network are plugged in from outside, and ports are published there.
  NetworkMode: networkMode(spec),
  RestartPolicy: { Name: 'no' },
  Init: false,
  ...rights(spec.isPrivilegedIfGranted === true && grantsAll ? { ...spec, privileged: true } : spec),
  Sysctls: { ...(spec.network === undefined ? defaultSysctls(ipv6) : {}), ...spec.sysctls },
  Mounts: [...spec.binds.filter(isMount).map(mount), ...(spec.volumes ?? []).map(volumeMount)],
  Binds: spec.binds.filter((bind) => !isMount(bind)).map((bind) => `${bind.source}:${bind.target}:${bind.options}`),
  ...resources(spec),
  ...(spec.tmpfs === undefined ? {} : { Tmpfs: spec.tmpfs }),
  ...(spec.cgroupns === undefined ? {} : { CgroupnsMode: spec.cgroupns }),
  ...(spec.cgroupParent === undefined ? {} : { CgroupParent: spec.cgroupParent }),
  ...(spec.pid === undefined ? {} : { PidMode: spec.pid }),
  ...dns(spec, resolver),
})

const networkMode = ({ network }: WorkloadSpec): string => {
  if (network === undefined) return 'none'
  return network === 'host' ? 'host' : `container:${network.containerName}`
}

/** Three ways: all that the engine can give, what the engine gives by itself, or, unless told, what a network node needs. */
const rights = ({ privileged, capAdd = [], securityOpts = [] }: WorkloadSpec): object => {
  if (privileged === true) return { Privileged: true, CapAdd: capAdd, SecurityOpt: securityOpts }
  if (privileged === false) return { Privileged: false, CapAdd: capAdd, SecurityOpt: securityOpts }
  const ours = UNCONFINED.filter((opt) => !securityOpts.some((asked) => kindOf(asked) === kindOf(opt)))
  return {
    Privileged: false,
    CapAdd: [...new Set([...CAPABILITIES, ...capAdd])],
    SecurityOpt: [...ours, ...securityOpts],
    // Empty, not absent: nothing of /proc is hidden or read-only, routers set their own /proc/sys/net.
    MaskedPaths: [],
    ReadonlyPaths: [],
  }
}

/** `seccomp` of `seccomp=unconfined`, which old engines also take as `seccomp:unconfined`. */
const kindOf = (option: string): string => option.split(/[=:]/)[0] ?? ''

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

const resources = ({ cpu, cpuSet, memoryBytes, shmBytes, devices }: WorkloadSpec): object => ({
  ...(cpu === undefined ? {} : { NanoCpus: nanoCpus(cpu) }),
  ...(cpuSet === undefined ? {} : { CpusetCpus: cpuSet }),
  ...(memoryBytes === undefined ? {} : { Memory: memoryBytes }),
  ...(shmBytes === undefined ? {} : { ShmSize: shmBytes }),
  ...(devices === undefined
    ? {}
    : {
        Devices: devices.map(({ source, target, permissions }) => ({
          PathOnHost: source,
          PathInContainer: target,
          CgroupPermissions: permissions,
        })),
      }),
})

/** The engine refuses it for a container in another's network, which has that one's. */
const dns = ({ dns: asked, network }: WorkloadSpec, resolver: Workload['resolver']): object => {
  if (typeof network === 'object') return {}
  if (asked !== undefined) return { Dns: asked.servers, DnsSearch: asked.search, DnsOptions: asked.options }
  return resolver === undefined ? {} : { Dns: [resolver.server], DnsSearch: [resolver.search] }
}

const NS_PER_MS = 1_000_000

const healthcheck = ({ test, intervalMs, timeoutMs, startPeriodMs, retries }: Healthcheck): object => ({
  Test: test,
  ...(intervalMs === undefined ? {} : { Interval: intervalMs * NS_PER_MS }),
  ...(timeoutMs === undefined ? {} : { Timeout: timeoutMs * NS_PER_MS }),
  ...(startPeriodMs === undefined ? {} : { StartPeriod: startPeriodMs * NS_PER_MS }),
  ...(retries === undefined ? {} : { Retries: retries }),
})

/** A volume that is made for this carries our mark; it is never removed, for what is in it is the user's. */
const volumeMount = ({ name, target, readOnly, noCopy }: Volume): object => ({
  Type: 'volume',
  ...(name === undefined ? {} : { Source: name }),
  Target: target,
  ReadOnly: readOnly === true,
  VolumeOptions: { NoCopy: noCopy === true, Labels: { [MARK_KEY]: 'volume' } },
})
