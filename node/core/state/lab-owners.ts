import { isVlanPool } from '../allocation/port.ts'
import type { EndpointKey, HostId, LabName, SegmentId } from '../model/ids.ts'
import type { State } from './state.ts'

/** What the names of all owners of a lab start with. */
export const labPrefix = (lab: LabName): string => `lab/${lab}/`

/** Who holds the VNI of a segment, and its VLAN tag on each host. */
export const segmentOwner = (lab: LabName, segment: SegmentId): string => `${labPrefix(lab)}segment/${segment}`

/** Who holds a MAC address. */
export const endpointOwner = (lab: LabName, endpoint: EndpointKey): string => `${labPrefix(lab)}endpoint/${endpoint}`

/** Who holds the address of a node in a management network. */
export const nodeAddressOwner = (lab: LabName, node: string): string => `${labPrefix(lab)}mgmt/${node}`

/** The pools labs have numbers of. */
export const labPools = (state: State): readonly string[] =>
  [...state.pools.entries()].flatMap(([name]) => (name === 'vni' || name === 'mac' || isVlanPool(name) ? [name] : []))

/** Who holds the overlay address of a host. */
export const hostOwner = (host: HostId): string => `host/${host}`
