import type { HostId, NodeName } from '../model/ids.ts'
import { own } from '../model/own.ts'
import type { RoomLimit } from '../state/lab-commands.ts'
import { type Amount, amountOf, sum } from './amounts.ts'
import type { PlacementInput } from './place.ts'
import { type Ledger, roomOn, takenOf } from './room.ts'

/** The most a lab may ask for on each host where it takes more than it was promised there: the log holds it to that. */
export function limitsOf(input: PlacementInput, ledger: Ledger): Readonly<Record<HostId, RoomLimit>> {
  const rows = input.hosts.flatMap((host) => {
    const { promised } = takenOf(ledger, host.id)
    const before = heldOn(host.id, input)
    const room = roomOn(host, ledger)
    const limit: RoomLimit = {
      ...(promised.cpu > before.cpu && Number.isFinite(room.cpu) ? { cpu: promised.cpu + whole(room.cpu) } : {}),
      ...(promised.mem > before.mem && Number.isFinite(room.mem) ? { mem: promised.mem + whole(room.mem) } : {}),
    }
    return Object.keys(limit).length === 0 ? [] : [[host.id, limit] as const]
  })
  return Object.fromEntries(rows)
}

const whole = (left: number): number => Math.max(0, Math.floor(left))

/** What the lab was promised on a host. */
const heldOn = (host: HostId, { current, held = {} }: PlacementInput): Amount =>
  sum(
    Object.entries(held).flatMap(([name, request]) =>
      current !== undefined && own(current, name as NodeName) === host ? [amountOf(request)] : [],
    ),
  )
