import { expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { DEFAULT_PARAMS, type ScheduleBody } from '#core/model/iperf.ts'
import { Due, type DueOptions } from './due.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Three at night. */
const THREE_MS = Date.UTC(2026, 10, 20, 3)

const nightly: ScheduleBody = {
  name: 'nightly',
  cron: '0 3 * * *',
  ask: { shape: 'mesh', ends: [], pairs: [], params: DEFAULT_PARAMS },
  by: 'h' as HostId,
  createdAtMs: THREE_MS - 48 * HOUR_MS,
}

/** One host; exercises are known to it at once. */
const bench = (schedule: ScheduleBody = nightly) => {
  const made: { id: number; schedule: string; state: 'running' | 'ended'; createdAtMs: number }[] = []
  const asked: string[] = []
  const told: string[] = []
  const fatal: unknown[] = []
  const state = { nowMs: THREE_MS, isLeader: true as boolean | undefined, failure: undefined as MeshError | undefined }
  const options: DueOptions = {
    clock: { nowMs: () => state.nowMs, monotonicMs: () => state.nowMs },
    leads: () => state.isLeader,
    schedules: () => [schedule],
    exercises: () => made.toReversed(),
    create: async (_ask, from) => {
      asked.push(from.requestId)
      if (state.failure !== undefined) throw state.failure
      made.push({ id: made.length + 1, schedule: from.schedule, state: 'running', createdAtMs: state.nowMs })
    },
    tell: ({ message }) => told.push(message),
    onFatal: (error) => fatal.push(error),
  }
  const host = { due: new Due(options) }
  /** Looks each second until that moment. */
  const passTo = async (ms: number): Promise<void> => {
    for (; state.nowMs < ms; state.nowMs += 1_000) host.due.look()
    host.due.look()
    await new Promise((resolve) => setImmediate(resolve))
    expect(fatal).toEqual([])
  }
  const restart = (): void => {
    host.due = new Due(options)
  }
  return { state, made, asked, told, passTo, restart }
}

test('begins in its minute, once, by a number that another leader would get too', async () => {
  const { state, made, asked, told, passTo } = bench()
  state.nowMs = THREE_MS - 10 * MINUTE_MS
  made.push({ id: 0, schedule: 'nightly', state: 'ended', createdAtMs: THREE_MS - 24 * HOUR_MS })
  await passTo(THREE_MS - 1_000)
  expect(asked).toEqual([])
  await passTo(THREE_MS + 10 * MINUTE_MS)
  expect(asked).toEqual([`schedule/nightly/${THREE_MS / MINUTE_MS}`])
  expect(told).toEqual([])
})

test('a host that does not lead begins nothing, nor one that knows of no leader', async () => {
  const { state, asked, told, passTo } = bench()
  state.isLeader = false
  await passTo(THREE_MS + 2 * MINUTE_MS)
  state.isLeader = undefined
  await passTo(THREE_MS + 24 * HOUR_MS - MINUTE_MS)
  expect([asked, told]).toEqual([[], []])
})

test('a new leader begins what the old one did not in this minute, and nothing that it did', async () => {
  const { state, made, asked, passTo } = bench()
  state.nowMs = THREE_MS - MINUTE_MS
  state.isLeader = false
  await passTo(THREE_MS + 5_000)
  state.isLeader = true
  await passTo(THREE_MS + 8_000)
  expect(asked).toHaveLength(1)
  state.isLeader = false
  await passTo(THREE_MS + 20_000)
  state.isLeader = true
  await passTo(THREE_MS + 2 * MINUTE_MS)
  expect([asked, made]).toMatchObject([[{}], [{ id: 1 }]])
})

test('what was due while nobody led is told once and does not begin', async () => {
  const { state, asked, told, passTo } = bench()
  state.nowMs = THREE_MS - 5 * MINUTE_MS
  await passTo(THREE_MS - MINUTE_MS - 1_000)
  state.isLeader = undefined
  await passTo(THREE_MS + 3 * MINUTE_MS)
  state.isLeader = true
  await passTo(THREE_MS + 10 * MINUTE_MS)
  expect(asked).toEqual([])
  // The one of the night before has no exercise either, and a host that just started says so.
  expect(told.filter((message) => message.includes('2026-11-20 03:00 UTC'))).toHaveLength(1)
})

test('after a start the last day counts, where nothing came of it', async () => {
  const { state, made, told, passTo, restart } = bench()
  state.nowMs = THREE_MS + HOUR_MS
  await passTo(THREE_MS + HOUR_MS + MINUTE_MS)
  expect(told).toHaveLength(1)
  made.push({ id: 9, schedule: 'nightly', state: 'ended', createdAtMs: THREE_MS + 500 })
  restart()
  await passTo(THREE_MS + 2 * HOUR_MS)
  expect(told).toHaveLength(1)
})

test('a new schedule missed nothing', async () => {
  const { told, passTo, state } = bench({ ...nightly, createdAtMs: THREE_MS + MINUTE_MS })
  state.nowMs = THREE_MS + 2 * MINUTE_MS
  await passTo(THREE_MS + 4 * MINUTE_MS)
  expect(told).toEqual([])
})

test('waits for the one before it, and says so', async () => {
  const { made, told, passTo } = bench({ ...nightly, cron: '*/2 * * * *', createdAtMs: THREE_MS })
  await passTo(THREE_MS + 5 * MINUTE_MS)
  expect(made).toHaveLength(1)
  expect(told).toEqual([
    'schedule nightly was due at 2026-11-20 03:02 UTC and did not begin: exercise 1, the one before it, still runs',
    'schedule nightly was due at 2026-11-20 03:04 UTC and did not begin: exercise 1, the one before it, still runs',
  ])
  for (const one of made) one.state = 'ended'
  await passTo(THREE_MS + 6 * MINUTE_MS)
  expect(made).toHaveLength(2)
})

test('what cannot begin is told with the reason, and tried again when it is due next', async () => {
  const { state, asked, told, passTo } = bench({ ...nightly, cron: '*/2 * * * *', createdAtMs: THREE_MS })
  state.failure = new MeshError('NO_QUORUM', 'no majority')
  await passTo(THREE_MS + MINUTE_MS)
  expect(told).toEqual(['schedule nightly was due at 2026-11-20 03:00 UTC and did not begin: no majority'])
  state.failure = undefined
  await passTo(THREE_MS + 2 * MINUTE_MS)
  expect(asked).toHaveLength(2)
  expect(told).toHaveLength(1)
})
