import type { AllocationRow } from '#core/state/allocations.ts'
import type { TestReservation } from '../port-iperf.ts'

const OWNER = /^test\/(\d+)$/

/** What tests hold, of all that {@link Allocations.list} tells: NICs and ports, by test. */
export const testReservations = (rows: readonly AllocationRow[]): readonly TestReservation[] =>
  rows
    .flatMap((row) => {
      const number = OWNER.exec(row.owner)?.[1]
      return number === undefined ? [] : [reservationOf(row, Number(number))]
    })
    .sort((a, b) => a.test - b.test || (a.type === b.type ? 0 : a.type === 'nic' ? -1 : 1))

const reservationOf = ({ pool, value, host, ...row }: AllocationRow, test: number): TestReservation => ({
  owner: row.owner,
  test,
  type: pool === 'nic' ? 'nic' : 'port',
  of: host ?? String(value),
  ...(pool === 'nic' ? {} : { port: Number(value) }),
  sinceMs: row.sinceMs,
  untilMs: row.untilMs ?? Number.MAX_SAFE_INTEGER,
})
