import type { ResourceId } from '#core/model/ids.ts'
import type { Nic, Resource } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import type { Exec } from '#platform/exec.ts'
import { inNamespace } from '../batch.ts'
import type { Driver, Watch } from '../driver.ts'
import { type HostEnd, parseHostEnds } from '../host-ends.ts'
import { LINK_SOURCE } from '../link-source.ts'
import { parseIpLinks, probeTools } from '../tool-output.ts'
import { nicSteps } from './commands.ts'
import { type InnerEnds, innerNics, pairUp, parseOffloading } from './parse.ts'

/**
 * veth pairs between this host and the namespaces of its workloads or within the host, and devices in workloads, by iproute2, nsenter
 * and ethtool. `observe` needs the seen workloads for their process ids; a nic whose workload does not run has a `fault`.
 */
export const createNicDriver = (): Driver<Nic> & Watch => {
  let there: ReadonlySet<string> | undefined
  return {
    name: 'nic',
    owns: (resource): resource is Nic => resource.kind === 'nic',
    probe: (exec) =>
      probeTools(exec, [
        { file: 'ip', args: ['-V'] },
        { file: 'ethtool', args: ['--version'] },
        { file: 'nsenter', args: ['--version'] },
      ]),
    observe: async (exec, seen) => {
      const { stdout } = await exec.run({ file: 'ip', args: ['-j', '-d', 'link', 'show', 'type', 'veth'] })
      there = new Set(parseIpLinks('ip -j link show type veth', stdout).map(({ ifname }) => ifname))
      return observe(exec, seen, stdout)
    },
    steps: (ops) => nicSteps(ops, there),
    sources: () => [LINK_SOURCE],
  }
}

const observe = async (exec: Exec, seen: readonly Resource[], veths: string): Promise<readonly Nic[]> => {
  const hostEnds = parseHostEnds(veths)
  const running = runningPids(seen)
  const [host, ...inner] = await Promise.all([
    hostEnds.some(({ isHost }) => isHost) ? readNamespace(exec, undefined) : undefined,
    ...[...new Set(running.values())].map(async (pid) => [pid, await readNamespace(exec, pid)] as const),
  ])
  const namespaces = new Map(inner)
  const pairs = hostEnds.map((end) => {
    const pid = end.isHost ? undefined : running.get(end.workload)
    return pairUp(end, pid, end.isHost ? host : pid === undefined ? undefined : namespaces.get(pid))
  })
  const devices = await Promise.all(
    [...running].map(async ([workload, pid]) => {
      const ends = namespaces.get(pid)
      return ends === undefined || !hasStranger(ends, hostEnds) ? [] : readInner(exec, { workload, pid, ends })
    }),
  )
  return [...pairs, ...devices.flat()]
}

/**
 * One process for both, as every look reads every namespace and starting a process is most of what that takes. A fixed text, never put
 * together; ip(8) writes its answer in one line.
 */
const READ_BOTH = "ip -j addr show && exec ethtool --json -k '*'"

/** Whether something is in a namespace that hangs on a device of another one and is no end of our pairs. */
const hasStranger = ({ links }: InnerEnds, hostEnds: readonly HostEnd[]): boolean =>
  links.some(
    (link) =>
      link.link_index !== undefined &&
      !hostEnds.some((end) => end.link.ifindex === link.link_index && end.link.link_index === link.ifindex),
  )

/** Of what is no pair; ip(8) tells marks only where it is asked for devices, not for addresses. */
const readInner = async (
  exec: Exec,
  { workload, pid, ends }: { readonly workload: ResourceId; readonly pid: number; readonly ends: InnerEnds },
): Promise<readonly Nic[]> => {
  const { code, stdout } = await exec.run({ ...inNamespace(pid, 'ip', ['-j', 'link', 'show']), okCodes: [0, 1] })
  if (code !== 0) return []
  const marks = new Map(parseIpLinks('ip -j link show', stdout).map(({ ifindex, ifalias }) => [ifindex, ifalias]))
  const links = ends.links.map((link) => ({ ...link, ifalias: marks.get(link.ifindex) }))
  return innerNics(workload, pid, { ...ends, links })
}

/** Also of containers that are not ours: their nics are found by the node they stand for. */
const runningPids = (seen: readonly Resource[]): ReadonlyMap<ResourceId, number> =>
  new Map(
    seen.flatMap((resource): readonly (readonly [ResourceId, number])[] => {
      if (resource.kind !== 'workload' && resource.kind !== 'ext-container') return []
      const runs = resource.kind === 'ext-container' || resource.state === 'running'
      const { pid = 0 } = resource
      return runs && pid > 0 ? [[workloadId(resource.lab, resource.node), pid]] : []
    }),
  )

/** Undefined where the process ended meanwhile: nsenter(1) then exits with 1. Of the host itself where `pid` is undefined. */
const readNamespace = async (exec: Exec, pid: number | undefined): Promise<InnerEnds | undefined> => {
  const { code, stdout } = await exec.run({ ...inNamespace(pid, 'sh', ['-c', READ_BOTH]), okCodes: [0, 1] })
  if (code !== 0) return undefined
  const [addresses = '', ...features] = stdout.split('\n')
  return { links: parseIpLinks('ip -j addr show', addresses), offloading: parseOffloading(features.join('\n')) }
}
