import type { EndpointKey, HostId } from '../model/ids.ts'
import type { Link } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { report } from './node-truth.ts'
import { hostName, type LabViewInput, type SeenEnd, type TunnelView } from './types.ts'

/** What the host of an end last read back of it; undefined while it told nothing that can still be true. */
export function seenEnd(key: EndpointKey, host: HostId, input: LabViewInput): SeenEnd | undefined {
  const told = report(host, input)
  if (told.type !== 'told') return undefined
  const end = told.status.ends.find(({ endpoint }) => endpoint === key)
  if (end === undefined) return undefined
  return {
    vlan: end.vlan ?? null,
    mtu: end.mtuBytes ?? null,
    mac: end.mac?.toLowerCase() ?? null,
    carrier: end.carrier,
  }
}

/** The tunnel ends of a link as their hosts last read them back, by host; none where it is on one host. */
export function seenTunnels({ segment }: Link, input: LabViewInput): readonly TunnelView[] {
  const given = input.assignment && own(input.assignment.segments, segment)
  if (given === undefined || given.vni === null) return []
  const views = Object.keys(given.vlans).map((id): TunnelView => {
    const host = id as HostId
    const told = report(host, input)
    const vtep = told.type === 'told' ? told.status.vteps.find((one) => one.segment === segment) : undefined
    return {
      host: hostName(input, host),
      vlan: own(given.vlans, host) ?? null,
      seen:
        vtep === undefined
          ? null
          : { vni: vtep.vni ?? null, vlan: vtep.vlan ?? null, mtu: vtep.mtuBytes ?? null, remotes: vtep.remotes },
    }
  })
  return views.toSorted((a, b) => (a.host < b.host ? -1 : 1))
}
