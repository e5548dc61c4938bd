import type { ResourceId } from '#core/model/ids.ts'
import type { Nic, Resource } from '#core/model/resource.ts'
import type { Exec } from '#platform/exec.ts'
import { inNamespace } from '../batch.ts'
import type { Driver, Watch } from '../driver.ts'
import { LINK_SOURCE } from '../link-source.ts'
import { parseIpLinks, probeTools } from '../tool-output.ts'
import { nicSteps } from './commands.ts'
import { type InnerEnds, pairUp, parseHostEnds, parseOffloading } from './parse.ts'

/**
 * veth pairs between this host and the namespaces of its workloads, by iproute2, nsenter and ethtool.
 * `observe` needs the seen workloads for their process ids; a nic whose workload does not run has a `fault`.
 */
export const createNicDriver = (): Driver<Nic> & Watch => ({
  name: 'nic',
  owns: (resource): resource is Nic => resource.kind === 'nic',
  probe: (exec) =>
    probeTools(exec, [
      { file: 'ip', args: ['-V'] },
      { file: 'ethtool', args: ['--version'] },
      { file: 'nsenter', args: ['--version'] },
    ]),
  observe,
  steps: nicSteps,
  sources: () => [LINK_SOURCE],
})

const observe = async (exec: Exec, seen: readonly Resource[]): Promise<readonly Nic[]> => {
  const hostEnds = parseHostEnds(
    (await exec.run({ file: 'ip', args: ['-j', '-d', 'link', 'show', 'type', 'veth'] })).stdout,
  )
  const running = runningPids(seen)
  const pids = new Set(hostEnds.flatMap((end) => running.get(end.workload) ?? []))
  const inner = new Map(await Promise.all([...pids].map(async (pid) => [pid, await readNamespace(exec, pid)] as const)))
  return hostEnds.map((end) => {
    const pid = running.get(end.workload)
    return pairUp(end, pid, pid === undefined ? undefined : inner.get(pid))
  })
}

const runningPids = (seen: readonly Resource[]): ReadonlyMap<ResourceId, number> =>
  new Map(
    seen.flatMap((resource) =>
      resource.kind === 'workload' && resource.state === 'running' && resource.pid !== undefined && resource.pid > 0
        ? [[resource.id, resource.pid] as const]
        : [],
    ),
  )

/** Undefined where the process ended meanwhile: nsenter(1) then exits with 1. */
const readNamespace = async (exec: Exec, pid: number): Promise<InnerEnds | undefined> => {
  const [addresses, features] = await Promise.all([
    exec.run({ ...inNamespace(pid, 'ip', ['-j', 'addr', 'show']), okCodes: [0, 1] }),
    exec.run({ ...inNamespace(pid, 'ethtool', ['--json', '-k', '*']), okCodes: [0, 1] }),
  ])
  if (addresses.code !== 0 || features.code !== 0) return undefined
  return { links: parseIpLinks('ip -j addr show', addresses.stdout), offloading: parseOffloading(features.stdout) }
}
