import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import {
  type AttachedBody,
  DEFAULT_PARAMS,
  type ExerciseBody,
  MAX_TESTS,
  type ScheduleBody,
  type TasksBody,
} from '#core/model/iperf.ts'
import { MAX_RECORD_BYTES, type RecordKind, type RosterEntry, type SignedRecord } from '#core/model/record.ts'
import { decodeRecord } from '#core/record/decode.ts'
import { encodeRecord } from '#core/record/encode.ts'
import { createKeys } from '#identity/keys.ts'
import { signRecord } from '#identity/sign.ts'
import { createVerifier } from '#identity/verify.ts'
import { rosterEntry } from '#testing/samples.ts'
import { isBodyReadable } from './bodies.ts'

const keys = createKeys()
const self = keys.id as HostId
const record = (kind: RecordKind, key: string, body: unknown, version: readonly (number | string)[] = [1, 2, self]) =>
  signRecord({ kind, key, version, expiresAtMs: 0, body }, keys, [1, 1, 1])

const exercise: ExerciseBody = {
  id: 7,
  name: 'night',
  by: self,
  createdAtMs: 1,
  params: DEFAULT_PARAMS,
  ends: [
    { type: 'host', name: 'a', host: self },
    { type: 'node', lab: 'clos', node: 'r1', interface: 'eth1', host: self },
    { type: 'attached', name: 'pi', host: self },
  ],
  tests: [
    { id: 8, from: 0, to: 1, round: 0 },
    { id: 9, from: 1, to: 2, round: 1, params: { protocol: 'udp', bitrateBps: 1e6 } },
  ],
  startedAtMs: 2,
  stoppedAtMs: null,
  endedAtMs: null,
  canceled: [18],
}
const result = {
  receivedBps: 1e9,
  sentBps: 1.1e9,
  retransmits: 0,
  idle: { minMs: 0.1, meanMs: 0.2, maxMs: 1 },
  isCpuBound: false,
  intervals: [{ atS: 1, bps: 1e9 }],
  retests: 0,
}
const tasks: TasksBody = {
  exercise: 7,
  tasks: [
    { id: 17, test: 8, role: 'client', state: 'succeeded', startedAtMs: 3, result },
    { id: 18, test: 9, role: 'server', state: 'failed', error: 'the agent restarted', port: 20_000 },
  ],
}
const schedule: ScheduleBody = {
  name: 'night',
  cron: '0 3 * * *',
  ask: { shape: 'pairs', ends: [], pairs: [['a', 'clos/r1:eth1']], params: DEFAULT_PARAMS },
  by: self,
  createdAtMs: 1,
}
const attached: AttachedBody = {
  id: 3,
  name: 'pi',
  keySha256: 'a'.repeat(64),
  createdAtMs: 1,
  home: self,
  isOnline: true,
  heardAtMs: 5,
  address: '192.0.2.7',
}

describe('records of measuring', () => {
  test.each([
    ['an exercise', record('exercise', '7', exercise)],
    ['one that was removed', record('exercise', '7', { ...exercise, ends: [], tests: [], isRemoved: true })],
    ['one with fields of a later version', record('exercise', '7', { ...exercise, later: 1 })],
    ['tasks', record('tasks', `${self}/7`, tasks, [])],
    ['no tasks', record('tasks', `${self}/7`, { exercise: 7, tasks: [] }, [])],
    ['a schedule', record('schedule', 'night', schedule)],
    ['an attached machine', record('attached', 'pi', attached)],
    ['one nobody heard of', record('attached', 'pi', { ...attached, home: null, heardAtMs: null, isOnline: false })],
  ])('%s can be read', (_, good) => {
    expect(isBodyReadable(good)).toBe(true)
  })

  const [first] = exercise.tests
  test.each([
    ['an exercise under another key', record('exercise', '8', exercise)],
    ['an exercise without version', record('exercise', '7', exercise, [])],
    ['a test of an end that is not there', record('exercise', '7', { ...exercise, tests: [{ ...first, to: 3 }] })],
    ['a test twice', record('exercise', '7', { ...exercise, tests: [first, first] })],
    [
      'a test of an hour and more',
      record('exercise', '7', { ...exercise, params: { ...DEFAULT_PARAMS, timeS: 3601 } }),
    ],
    [
      'a test that has a thousand streams',
      record('exercise', '7', { ...exercise, tests: [{ ...first, params: { parallel: 1000 } }] }),
    ],
    [
      'a node that is a path',
      record('exercise', '7', { ...exercise, ends: [{ type: 'host', name: '../x', host: self }] }),
    ],
    [
      'more ends than its tests can have',
      record('exercise', '7', { ...exercise, ends: Array.from({ length: 2 * MAX_TESTS + 1 }, () => exercise.ends[0]) }),
    ],
    ['a round after all tests', record('exercise', '7', { ...exercise, tests: [{ ...first, round: 2 ** 32 }] })],
    ['a time that is no date', record('exercise', '7', { ...exercise, createdAtMs: Number.MAX_SAFE_INTEGER })],
    [
      'a task that began at no date',
      record('tasks', `${self}/7`, { ...tasks, tasks: [{ ...tasks.tasks[0], startedAtMs: 2 ** 53 - 1 }] }, []),
    ],
    ['a rate without end', record('exercise', '7', { ...exercise, params: { ...DEFAULT_PARAMS, bitrateBps: 1e300 } })],
    ['tasks of another exercise', record('tasks', `${self}/8`, tasks, [])],
    ['tasks of another host', record('tasks', `${createKeys().id}/7`, tasks, [])],
    [
      'a state nobody knows',
      record('tasks', `${self}/7`, { ...tasks, tasks: [{ ...tasks.tasks[0], state: 'x' }] }, []),
    ],
    ['a schedule under another key', record('schedule', 'day', schedule)],
    ['a name that is none', record('schedule', '__proto__', { ...schedule, name: '__proto__' })],
    ['a machine whose key is told', record('attached', 'pi', { ...attached, keySha256: 'secret' })],
    ['a machine at no address', record('attached', 'pi', { ...attached, address: '$(reboot)' })],
  ])('%s cannot', (_, bad) => {
    expect(isBodyReadable(bad)).toBe(false)
  })

  test('the largest exercise fits into a record, comes over the network, and can be read', () => {
    const tests = Array.from({ length: MAX_TESTS }, (_, i) => ({
      id: 100_000_001 + i,
      from: i % 100,
      to: (i + 1) % 100,
      round: Math.floor(i / 50),
    }))
    const ends = Array.from({ length: 100 }, (_, i) => ({ type: 'host', name: `h${i}`, host: self }) as const)
    const bytes = encodeRecord(record('exercise', '7', { ...exercise, ends, tests }))
    expect(bytes.length).toBeLessThan(MAX_RECORD_BYTES)
    const read = decodeRecord(bytes)
    expect(read.type === 'record' && isBodyReadable(read.record)).toBe(true)
  })

  test('an exercise of all links of a large lab can be read', () => {
    const ends = Array.from(
      { length: 2_000 },
      (_, i) => ({ type: 'node', lab: 'dc', node: `r${i}`, host: self }) as const,
    )
    const tests = ends.slice(1).map((_, i) => ({ id: 8 + i, from: i, to: i + 1, round: 0 }))
    expect(isBodyReadable(record('exercise', '7', { ...exercise, ends, tests }))).toBe(true)
  })

  test('whatever the body is, there is an answer', () => {
    const kinds = fc.constantFrom<RecordKind>('exercise', 'tasks', 'schedule', 'attached')
    fc.assert(
      fc.property(kinds, fc.jsonValue(), (kind, body) => {
        expect(typeof isBodyReadable(record(kind, '7', body))).toBe('boolean')
      }),
    )
  })

  test('every host that is in writes them; of its tasks, each host alone', () => {
    const roster = (role: RosterEntry['role']) => [rosterEntry(self, { role })]
    const verdict = (told: SignedRecord) => createVerifier({ roster: () => roster('worker') })(told).type
    expect(verdict(record('exercise', '7', exercise))).toBe('verified')
    expect(verdict(record('schedule', 'night', schedule))).toBe('verified')
    expect(verdict(record('attached', 'pi', attached))).toBe('verified')
    expect(verdict(record('tasks', `${self}/7`, tasks, []))).toBe('verified')
    expect(verdict(record('tasks', `${createKeys().id}/7`, tasks, []))).toBe('reject')
    expect(verdict(record('tasks', `${self}`, tasks, []))).toBe('reject')
  })
})
