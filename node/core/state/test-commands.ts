import type { HostId } from '../model/ids.ts'
import { hostId } from './fields.ts'
import { type Check, integer, list, object, oneOf, orNull, text } from './shape.ts'
import { type Stamp, stamp } from './stamp.ts'

/** What only one exclusive test may use at a time, as `nicOf` of `core/model/iperf.ts` spells it. */
export type Nic = `host/${HostId}` | `attached/${string}`

/** `count` numbers nobody had before, one after the other: of exercises, tests and attached machines. */
export interface TakeNumbers extends Stamp {
  readonly type: 'number'
  readonly name: 'iperf'
  readonly count: number
}

/** NICs for one test, and a port of its server's host where it asks for one: all or nothing. The same test again gets the same, and a new end. */
export interface HoldTest extends Stamp {
  readonly type: 'hold-test'
  readonly test: number
  readonly nics: readonly Nic[]
  readonly port: HostId | null
  readonly ttlMs: number
}

/** Gives back what a test holds. */
export interface FreeTest extends Stamp {
  readonly type: 'free-test'
  readonly test: number
}

/** What tests need of the log. */
export type TestCommand = TakeNumbers | HoldTest | FreeTest

/** Numbers taken at once: those of the largest exercise, and room. */
const MAX_NUMBERS = 20_000
/** 7 days: longer than any test. */
const MAX_TTL_MS = 7 * 24 * 3600 * 1000

/** The number of a test. */
export const testNumber = integer(1, Number.MAX_SAFE_INTEGER)

/** One {@link Nic}. */
export const nic: Check<Nic> = text<Nic>(/^(?:host\/[A-Za-z0-9]{1,80}|attached\/[A-Za-z0-9][A-Za-z0-9._-]{0,62})$/)

/** Checks of {@link TestCommand}s. */
export const TEST_DECODERS: Readonly<Record<TestCommand['type'], Check<TestCommand>>> = {
  number: object({ ...stamp, type: oneOf('number'), name: oneOf('iperf'), count: integer(1, MAX_NUMBERS) }),
  'hold-test': object({
    ...stamp,
    type: oneOf('hold-test'),
    test: testNumber,
    nics: list(nic, 2),
    port: orNull(hostId),
    ttlMs: integer(1, MAX_TTL_MS),
  }),
  'free-test': object({ ...stamp, type: oneOf('free-test'), test: testNumber }),
}
