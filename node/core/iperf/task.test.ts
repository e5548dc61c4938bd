import { expect, it } from 'vitest'
import type { TaskEntry, TaskState } from '../model/iperf.ts'
import { accept, begin, finish } from './task.ts'

const STATES: readonly TaskState[] = ['pending', 'accepted', 'running', 'succeeded', 'failed', 'timed_out', 'canceled']
const entry = (state: TaskState): TaskEntry => ({ id: 3, test: 1, role: 'client', state })
const allowed = (change: (from: TaskEntry) => TaskEntry | undefined): readonly TaskState[] =>
  STATES.filter((state) => change(entry(state)) !== undefined)

it('goes the orchestrator’s ways and no other', () => {
  expect(allowed((from) => accept(from, 1))).toEqual(['pending'])
  expect(allowed((from) => begin(from, 1))).toEqual(['accepted'])
  expect(allowed((from) => finish(from, { state: 'succeeded', atMs: 1 }))).toEqual(['running'])
  for (const state of ['failed', 'timed_out', 'canceled'] as const)
    expect(allowed((from) => finish(from, { state, atMs: 1 }))).toEqual(['pending', 'accepted', 'running'])
})

it('keeps when each step was', () => {
  const accepted = accept(entry('pending'), 10, 5201) ?? entry('failed')
  const running = begin(accepted, 20) ?? entry('failed')
  expect(finish(running, { state: 'failed', atMs: 30, error: 'no route' })).toEqual({
    ...entry('failed'),
    port: 5201,
    acceptedAtMs: 10,
    startedAtMs: 20,
    endedAtMs: 30,
    error: 'no route',
  })
  expect(accept(entry('pending'), 10)).not.toHaveProperty('port')
})
