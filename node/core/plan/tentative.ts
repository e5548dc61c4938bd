import type { HostId, NodeName, VlanTag, Vni } from '../model/ids.ts'
import type { Assignment, LabIntent, SegmentAssignment } from '../model/lab.ts'
import type { MgmtAssignment } from '../model/mgmt.ts'
import { own } from '../model/own.ts'
import { wiredPort } from '../model/wired-port.ts'
import { mgmtEndpoints, publishedPorts } from '../placement/mgmt.ts'
import type { UnderlayMtu } from '../placement/mtu.ts'
import { endpointsOf, segmentsOf } from '../placement/place.ts'
import type { Placeholders } from './placeholders.ts'
import { tentativeMgmt } from './tentative-mgmt.ts'

export interface TentativeInput {
  readonly intent: LabIntent
  readonly hosts: Readonly<Record<NodeName, HostId>>
  /** What the lab holds now: it keeps what it goes on needing. */
  readonly held: Assignment | undefined
  readonly placeholders: Placeholders
  /** What the networks of the hosts carry. */
  readonly underlay: UnderlayMtu
  /** What other labs have in management networks. */
  readonly others?: readonly MgmtAssignment[]
  nameOf(host: HostId): string
}

/** What the leader would answer to an intent with its nodes on these hosts; numbers it has yet to give are placeholders. */
export function tentative(input: TentativeInput): Assignment {
  const { intent, hosts, held, placeholders, underlay, others = [], nameOf } = input
  const segments = segmentsOf(intent, hosts, underlay).map((segment) => {
    const before: SegmentAssignment | undefined = held && own(held.segments, segment.id)
    const vni = before?.vni ?? (placeholders.number(`vni:${segment.id}`) as Vni)
    const vlans = segment.hosts.map((host) => {
      const tag = before && own(before.vlans, host)
      return [host, tag ?? newTag(`${segment.id}@${nameOf(host)}`, placeholders)] as const
    })
    return [
      segment.id,
      {
        vni: segment.hosts.length > 1 ? vni : null,
        vlans: Object.fromEntries(vlans),
        mtuBytes: segment.mtuBytes,
      },
    ] as const
  })
  const keys = [...endpointsOf(intent), ...mgmtEndpoints(intent)]
  // Nodes of other labs may be called as those of this one.
  const known = [held?.mgmt, ...others.map((one) => ({ ...one, nodes: {} }))].filter((one) => one !== undefined)
  const mgmt = tentativeMgmt({ ...input, known })
  const published = publishedPorts(intent, hosts)
  return {
    lab: intent.name,
    intentVersion: held?.intentVersion ?? '',
    hosts,
    segments: Object.fromEntries(segments),
    macs: Object.fromEntries(keys.map((key) => [key, (held && own(held.macs, key)) ?? `<mac:${key}>`])),
    ...(mgmt === undefined ? {} : { mgmt }),
    ...(published.length === 0 ? {} : { published }),
    epoch: held?.epoch ?? 0,
    term: held?.term ?? 0,
    index: held?.index ?? 0,
  }
}

/** With the port numbers that follow from it. */
const newTag = (of: string, placeholders: Placeholders): VlanTag => {
  const tag = placeholders.number(`tag:${of}`) as VlanTag
  for (const side of [0, 1] as const) placeholders.derive(`port:${of}/${side}`, wiredPort(tag, side))
  return tag
}
