import type { ResourceId } from '#core/model/ids.ts'
import type { Resource, Shaper } from '#core/model/resource.ts'
import { shaperId } from '#core/model/resource-ids.ts'
import type { Exec } from '#platform/exec.ts'
import { inNamespace } from '../batch.ts'
import type { Driver, Source, Watch } from '../driver.ts'
import { type HostEnd, parseHostEnds } from '../host-ends.ts'
import { probeTools } from '../tool-output.ts'
import { shaperSteps } from './commands.ts'
import { parseQdiscs, type Qdisc } from './parse.ts'

/**
 * Delay, loss, rates and the like on links, by tc(8) of iproute2. What goes to a node is shaped at the host's end of its interface; where
 * that does not do, what it sends is shaped inside. Inside only what carries our handle is ours.
 */
export const createShaperDriver = (): Driver<Shaper> & Watch => ({
  name: 'shaper',
  owns: (resource): resource is Shaper => resource.kind === 'shaper',
  probe: (exec) => probeTools(exec, [{ file: 'tc', args: ['-V'] }]),
  observe,
  steps: shaperSteps,
  sources: () => [QDISC_SOURCE],
})

/** The kernel tells of queueing disciplines of the host's namespace (tc(8), `monitor`); ours carry their handle. */
const QDISC_SOURCE: Source = {
  type: 'stream',
  name: 'qdiscs',
  command: { file: 'tc', args: ['monitor'] },
  tells: (line) => /\bqdisc \S+ 5ce[0-9a-f]: /.test(line),
}

const SHOW = ['-j', 'qdisc', 'show'] as const

const observe = async (exec: Exec, seen: readonly Resource[]): Promise<readonly Shaper[]> => {
  const qdiscs = parseQdiscs((await exec.run({ file: 'tc', args: SHOW })).stdout)
  // Most labs impair nothing: then this is all there is to read.
  if (qdiscs.length === 0) return []
  const links = await exec.run({ file: 'ip', args: ['-j', '-d', 'link', 'show', 'type', 'veth'] })
  const ends = new Map(parseHostEnds(links.stdout).map((end) => [end.link.ifname, end]))
  const found = qdiscs.flatMap((qdisc) => {
    const end = ends.get(qdisc.device)
    return end === undefined ? [] : [{ qdisc, end }]
  })
  const pids = runningPids(seen)
  const within = found.filter(({ qdisc }) => qdisc.isWithin).flatMap(({ end }) => pids.get(end.workload) ?? [])
  const inner = new Map(
    await Promise.all([...new Set(within)].map(async (pid) => [pid, await inside(exec, pid)] as const)),
  )
  return found.map(({ qdisc, end }) => shaperOf(end, qdisc, { pid: pids.get(end.workload), inner }))
}

const inside = async (exec: Exec, pid: number): Promise<readonly Qdisc[]> => {
  const read = await exec.run({ ...inNamespace(pid, 'tc', SHOW), okCodes: [0, 1] })
  return read.code === 0 ? parseQdiscs(read.stdout) : []
}

const runningPids = (seen: readonly Resource[]): ReadonlyMap<ResourceId, number> =>
  new Map(
    seen.flatMap((one) => ('pid' in one && typeof one.pid === 'number' && one.pid > 0 ? [[one.id, one.pid]] : [])),
  )

interface Inside {
  readonly pid: number | undefined
  readonly inner: ReadonlyMap<number, readonly Qdisc[]>
}

const shaperOf = ({ link, lab, endpoint }: HostEnd, { device, shape, isWithin }: Qdisc, at: Inside): Shaper => {
  const name = endpoint.slice(endpoint.indexOf(':') + 1)
  const pid = at.pid ?? 0
  const within = isWithin ? at.inner.get(pid)?.find((qdisc) => qdisc.device === name) : undefined
  return {
    kind: 'shaper',
    id: shaperId(lab, endpoint),
    needs: [],
    lab,
    endpoint,
    device,
    towards: shape,
    from: within?.shape ?? {},
    name,
    pid,
    mtuBytes: link.mtu,
  }
}
