import { endpointKey, type VlanTag } from '../model/ids.ts'
import type { Segment } from '../model/lab.ts'
import type { Wire } from '../model/resource.ts'
import { bridgeId, wireId } from '../model/resource-ids.ts'
import { wiredPort } from '../model/wired-port.ts'

/** Where a segment is plugged in on one host. */
export interface Plug {
  readonly vlan: VlanTag
  /** Name of the bridge. */
  readonly bridge: string
  readonly lab: string
}

/** Whether what comes in at one end can only go out at the other: then nothing needs to be learned, nor read. */
export const isCable = ({ multiAccess, endpoints, device, bridges }: Segment): boolean =>
  !multiAccess && endpoints.length === 2 && device === undefined && bridges === undefined

/** The flows of a cable; none for what switches. */
export const wireOf = (segment: Segment, { vlan, bridge, lab }: Plug): readonly Wire[] =>
  isCable(segment)
    ? [
        {
          kind: 'wire',
          id: wireId(vlan),
          needs: [bridgeId(bridge)],
          bridge,
          vlan,
          owner: `${lab}/${segment.id}`,
        },
      ]
    : []

/**
 * The number of the port that leads to `end`, an endpoint key, or, where it is the segment's id, to the end that is on another host than
 * `here`, the endpoint keys of this one. It does not change when the other end moves. Undefined for what switches.
 */
export function portNumber(
  segment: Segment,
  vlan: VlanTag,
  to: { readonly end: string; readonly here: readonly string[] },
): number | undefined {
  if (!isCable(segment)) return undefined
  const keys = segment.endpoints.map(({ node, interface: name }) => endpointKey(node, name)).sort()
  const side = keys.findIndex((key) => (to.end === segment.id ? !to.here.includes(key) : key === to.end))
  return side < 0 ? undefined : wiredPort(vlan, side === 0 ? 0 : 1)
}
