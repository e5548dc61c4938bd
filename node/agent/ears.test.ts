import { expect, test } from 'vitest'
import type { Event } from '#core/engine/event.ts'
import type { HostId } from '#core/model/ids.ts'
import { ears } from './ears.ts'

const [core, worker, stranger] = ['core', 'worker', 'stranger'] as unknown as readonly [HostId, HostId, HostId]
const append = { type: 'append', term: 9, previousIndex: 0, previousTerm: 0, entries: [], commit: 0 }

test('messages of consensus are heard from core hosts alone, whole and with their epoch', () => {
  const events: Event[] = []
  const counted: string[] = []
  const { onRaft } = ears({
    loop: { dispatch: (event: Event) => void events.push(event) },
    forwarding: { hear: () => false },
    roleOf: (host: HostId) => (host === core ? 'core' : host === worker ? 'worker' : undefined),
    count: (code: string) => void counted.push(code),
  } as unknown as Parameters<typeof ears>[0])
  for (const host of [worker, stranger, core]) onRaft(host, { epoch: 1, message: append })
  expect(events).toEqual([{ type: 'raft', from: core, epoch: 1, message: append }])
  for (const told of [null, 'x', { message: append }, { epoch: -1, message: append }, { epoch: 1, message: {} }])
    onRaft(core, told)
  expect(events).toHaveLength(1)
  expect(counted).toEqual(['RAFT_NOT_CORE', 'RAFT_NOT_CORE', ...Array(5).fill('BAD_RAFT_MESSAGE')])
})

test('an answer to a probe is a sign of life, and how long it took is told', () => {
  const events: Event[] = []
  const probed: unknown[] = []
  const { onProbe } = ears({
    loop: { dispatch: (event: Event) => void events.push(event) },
    probed: (...probe: unknown[]) => void probed.push(probe),
  } as unknown as Parameters<typeof ears>[0])
  onProbe(core, 12)
  expect([events, probed]).toEqual([[{ type: 'probe', host: core }], [[core, 12]]])
})

test('a sync tells of no heartbeats, and of the newest events of those admitted', () => {
  const record = (kind: string, author: HostId) => ({ kind, key: author, author, signature: `${kind} ${author}` })
  const held = [
    record('heartbeat', core),
    record('events', core),
    record('events', stranger),
    record('status', stranger),
  ]
  const { records } = ears({
    engine: { book: { all: () => held.values() } },
    roleOf: (host: HostId) => (host === stranger ? undefined : 'core'),
  } as unknown as Parameters<typeof ears>[0])
  expect([...records.digest().keys()]).toEqual(['events/core', 'status/stranger'])
  expect(records.get(['events/core', 'events/stranger'])).toEqual([held[1]])
})
