import { expect, test } from 'vitest'
import type { HostName } from '#core/model/ids.ts'
import { testReservations } from './test-reservations.ts'

test('what tests hold is told by test, NICs first, and nothing of others', () => {
  const times = { sinceMs: 5, untilMs: 9 }
  const [a, b] = ['a', 'b'] as [HostName, HostName]
  expect(
    testReservations([
      { pool: 'nic', value: 'a', host: a, owner: 'test/12', ...times },
      { pool: 'nic', value: 'pi', owner: 'test/3', ...times },
      { pool: 'port', value: 20_001, host: b, owner: 'test/12', ...times },
      { pool: 'port', value: 20_000, host: b, owner: 'user/test/12', ...times },
      { pool: 'vni', value: 4096, owner: 'lab/test/segment/1', sinceMs: 5 },
    ]),
  ).toEqual([
    { owner: 'test/3', test: 3, type: 'nic', of: 'pi', ...times },
    { owner: 'test/12', test: 12, type: 'nic', of: 'a', ...times },
    { owner: 'test/12', test: 12, type: 'port', of: 'b', port: 20_001, ...times },
  ])
})
