import { type HostId, OWNER_NAME } from '../model/ids.ts'
import { type Check, integer, object, oneOf, orNull, text } from './shape.ts'
import { type Stamp, stamp } from './stamp.ts'

/** Pools that people and programs reserve numbers of. */
export type ReservePool = 'vni' | 'mgmt' | `port/${HostId}`

/**
 * `count` numbers for `owner`; in the pool `user/<owner>` holds them. An owner that holds some of the pool already is told these;
 * then `ttlMs` sets a new end, and null leaves it as it is. `ttlMs` null at first: for ever.
 */
export interface Reserve extends Stamp {
  readonly type: 'reserve'
  readonly pool: ReservePool
  readonly owner: string
  readonly count: number
  readonly ttlMs: number | null
}

/** Gives back what `owner` reserved, in every pool. */
export interface Free extends Stamp {
  readonly type: 'free'
  readonly owner: string
}

/** Ends the leases that are due; every other command does so too, this one where none comes. */
interface Expire extends Stamp {
  readonly type: 'expire'
}

/** What the log is told of numbers outside labs. */
export type ReserveCommand = Reserve | Free | Expire

/** Numbers one owner may hold of one pool. */
const MAX_RESERVED = 64

const owner = text(OWNER_NAME)

/** Checks of {@link ReserveCommand}s. */
export const RESERVE_DECODERS: Readonly<Record<ReserveCommand['type'], Check<ReserveCommand>>> = {
  reserve: object({
    ...stamp,
    type: oneOf('reserve'),
    pool: text<ReservePool>(/^(?:vni|mgmt|port\/[A-Za-z0-9]{1,80})$/),
    owner,
    count: integer(1, MAX_RESERVED),
    ttlMs: orNull(integer(1, Number.MAX_SAFE_INTEGER)),
  }),
  free: object({ ...stamp, type: oneOf('free'), owner }),
  expire: object({ ...stamp, type: oneOf('expire') }),
}
