import type { EndpointKey, HostId, LabName, NodeName, SegmentId } from '../../model/ids.ts'
import type { Assignment, LabIntent } from '../../model/lab.ts'
import type { Op, Resource } from '../../model/resource.ts'
import { segmentsOf } from '../../placement/place.ts'
import { type DesiredInput, desired, type WantedLab } from '../desired.ts'
import { plan } from '../plan.ts'
import { rosterEntry } from './lab.ts'

/** The answer to a lab with these nodes on these hosts, and numbers that are easy to tell apart. */
export function assign(intent: LabIntent, at: Readonly<Record<string, number>>, firstVni = 5000): Assignment {
  const hosts = Object.fromEntries(Object.entries(at).map(([node, host]) => [node, `H${host}` as HostId])) as Record<
    NodeName,
    HostId
  >
  const segments = segmentsOf(intent, hosts).map((segment, index) => [
    segment.id,
    {
      vni: segment.hosts.length > 1 ? firstVni + index : null,
      vlans: Object.fromEntries(segment.hosts.map((host) => [host, 100 + index])),
      mtuBytes: segment.mtuBytes,
    },
  ])
  const keys = intent.segments.flatMap((segment) => segment.endpoints.map((end) => `${end.node}:${end.interface}`))
  return {
    lab: intent.name,
    intentVersion: '1.1.H1',
    hosts,
    segments: Object.fromEntries(segments),
    macs: Object.fromEntries(
      keys.map((key, index) => [key, `aa:c1:ab:00:00:${String(index + 1).padStart(2, '0')}`]),
    ) as Record<EndpointKey, string>,
    epoch: 1,
    term: 1,
    index: 7,
  }
}

/** What host h1 of a mesh of three is asked for. */
export const onFirstHost = (labs: readonly WantedLab[], more: Partial<DesiredInput> = {}): DesiredInput => ({
  self: 'H1' as HostId,
  host: { name: 'h1', overlayAddress: '10.213.0.1' },
  meshId: 'mesh',
  roster: [1, 2, 3].map((number) => rosterEntry(number)),
  labs,
  bridge: { name: 'skein0', datapath: 'netdev' },
  txOffload: false,
  wg: { interface: 'skw0', privateKeyFile: '/data/wg.key', publicKey: 'key1=', listenPort: 51_820 },
  names: {
    container: (intent: LabIntent, node: NodeName) => `${intent.prefix}-${intent.name}-${node}`,
    nicDevice: (lab: LabName, endpoint: EndpointKey) => `n-${lab}-${endpoint}`,
    vtepDevice: (lab: LabName, segment: SegmentId) => `v-${lab}-${segment}`,
    joinDevice: (lab: LabName, bridge: string) => `j-${lab}-${bridge}`,
    mgmtDevice: (network: string) => `g-${network}`,
  },
  labFolder: (lab) => `/data/labs/${lab}`,
  vxlanPort: 14_789,
  seen: [],
  digest: (text) => text,
  ...more,
})

/** A host that does what it is told and reads back what it has, with process ids and interface numbers of its own. */
export class ToyHost {
  seen = new Map<string, Resource>()
  #count = 100

  constructor(resources: readonly Resource[] = []) {
    for (const resource of resources) this.#make(resource)
  }

  list(): readonly Resource[] {
    return [...this.seen.values()]
  }

  /** Runs passes until nothing is ready; how many it took. Throws where it never ends. */
  converge(input: DesiredInput): number {
    for (let pass = 0; pass < 20; pass += 1) {
      const { ready } = plan(desired({ ...input, seen: this.list() }), this.list())
      if (ready.length === 0) return pass
      for (const op of ready) this.#do(op)
    }
    throw new Error('never settles')
  }

  /** The container of a workload starts again: another process, its interfaces gone. */
  restart(id: string): void {
    const workload = this.seen.get(id)
    if (workload?.kind !== 'workload') throw new Error(`no workload ${id}`)
    this.#make(workload)
    for (const nic of this.list()) if (nic.kind === 'nic' && nic.workload === id) this.seen.delete(nic.id)
  }

  #do(op: Op): void {
    if (op.type === 'delete') this.seen.delete(op.from.id)
    else this.#make(op.to, op.type === 'update' ? op.from : undefined)
  }

  #make(to: Resource, from?: Resource): void {
    this.#count += 1
    this.seen.set(to.id, { ...this.#readBack(to, from), needs: [] })
  }

  #readBack(to: Resource, from?: Resource): Resource {
    if (to.kind === 'workload') return { ...to, pid: this.#count }
    if (to.kind === 'nic' || to.kind === 'vtep') {
      const ifindex = from?.kind === to.kind && from.ifindex !== undefined ? from.ifindex : this.#count
      return { ...to, ifindex }
    }
    if (to.kind !== 'port') return to
    const device = this.list().find(
      (each) =>
        (each.kind === 'nic' && each.hostName === to.device) || (each.kind === 'vtep' && each.device === to.device),
    )
    const ifindex = device?.kind === 'nic' || device?.kind === 'vtep' ? device.ifindex : undefined
    return { ...to, ...(ifindex === undefined ? {} : { ifindex }) }
  }
}
