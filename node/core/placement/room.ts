import type { HostId } from '../model/ids.ts'
import { type Amount, NOTHING, sum } from './amounts.ts'
import type { HostCapacity } from './constraints.ts'

/** What the lab that is being placed takes of one host. */
export interface Taken {
  /** Of all its nodes there. */
  readonly promised: Amount
  /** MiB of those that are new there, or by how much they ask for more. */
  readonly newMem: number
  /** Its nodes there, each as many as it counts. */
  readonly weight: number
  readonly nodes: number
}

/** By host; a host that is not in it has nothing of the lab. */
export type Ledger = ReadonlyMap<HostId, Taken>

const FREE: Taken = { promised: NOTHING, newMem: 0, weight: 0, nodes: 0 }

/** What the lab takes of a host so far. */
export const takenOf = (ledger: Ledger, host: HostId): Taken => ledger.get(host) ?? FREE

/** The ledger with one more node on `host`; `newMem`: see {@link Taken}. */
export function withNode(
  ledger: Ledger,
  host: HostId,
  node: { readonly request: Amount; readonly newMem: number; readonly weight: number },
): Ledger {
  const { promised, newMem, weight, nodes } = takenOf(ledger, host)
  const next: Taken = {
    promised: sum([promised, node.request]),
    newMem: newMem + node.newMem,
    weight: weight + node.weight,
    nodes: nodes + 1,
  }
  return new Map([...ledger, [host, next]])
}

/** What can still be promised on a host. Below zero where more is promised than it has; infinite where it does not say what it has. */
export interface Room {
  readonly cpu: number
  /** The lesser of what is not promised yet and what is free by measure, as far as that is known, less what is promised and has not started. */
  readonly mem: number
  /** True where what is free by measure is less than what is not promised. */
  readonly isMeasured: boolean
}

/** What is left on `host` for one more node. */
export function roomOn(host: HostCapacity, ledger: Ledger): Room {
  const { limit, promised = NOTHING, pendingMiB = 0 } = host
  const mine = takenOf(ledger, host.id)
  const unpromised = limit === undefined ? Number.POSITIVE_INFINITY : limit.mem - promised.mem - mine.promised.mem
  const measured = host.isUntold === true ? Number.POSITIVE_INFINITY : host.memFreeMiB
  const free = measured - pendingMiB - mine.newMem
  return {
    cpu: limit === undefined ? Number.POSITIVE_INFINITY : limit.cpu - promised.cpu - mine.promised.cpu,
    mem: Math.min(unpromised, free),
    isMeasured: free < unpromised,
  }
}

/** Everything promised on `host` with what the lab takes. */
export const promisedOn = ({ id, promised = NOTHING }: HostCapacity, ledger: Ledger): Amount =>
  sum([promised, takenOf(ledger, id).promised])
