import { type EndpointKey, endpointKey } from '../model/ids.ts'
import type { Assignment, LabIntent } from '../model/lab.ts'
import { own } from '../model/own.ts'

/**
 * The MAC address of each end of a lab: the one its file asks for, else the one the leader gave. Where a file asks for an address that
 * was given to another end, that one takes the address that was given to the end which asked: it lies free.
 */
export function macsOf({ segments }: LabIntent, { macs }: Assignment): ReadonlyMap<EndpointKey, string> {
  const ends = segments.flatMap(({ endpoints }) =>
    endpoints.map((end) => [endpointKey(end.node, end.interface), end.mac] as const),
  )
  const askers = new Map(ends.flatMap(([key, mac]) => (mac === undefined ? [] : [[mac, key] as const])))
  const given = (key: EndpointKey): string | undefined => {
    let mac = own(macs, key)
    for (let i = 0; i <= askers.size; i++) {
      const asker: EndpointKey | undefined = mac === undefined ? undefined : askers.get(mac)
      if (asker === undefined || asker === key) break
      mac = own(macs, asker)
    }
    return mac
  }
  return new Map(
    ends.flatMap(([key, asked]) => {
      const mac = asked ?? given(key)
      return mac === undefined ? [] : [[key, mac] as const]
    }),
  )
}
