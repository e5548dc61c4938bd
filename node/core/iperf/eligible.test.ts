import { describe, expect, it } from 'vitest'
import type { ExerciseBody, TaskEntry } from '../model/iperf.ts'
import { eligible } from './eligible.ts'
import { exercise, peers, task, testsNow, told } from './testdata/exercise.ts'
import { hostEnd, idOf } from './testdata/world.ts'

const client = (test: number, state: TaskEntry['state']): TaskEntry => task(test, 'client', { state })
const ids = (body: ExerciseBody, self: string, tasks: Parameters<typeof testsNow>[1] = [], down: string[] = []) =>
  eligible(testsNow(body, tasks, peers(...down)), idOf(self)).map(({ spec }) => spec.id)

describe('eligible', () => {
  it('begins a test once all of lower rounds on its NICs have ended', () => {
    const body = exercise()
    expect([ids(body, 'a'), ids(body, 'b')]).toEqual([[101], []])
    expect(ids(body, 'b', [told('a', client(101, 'running'))])).toEqual([])
    expect(ids(body, 'b', [told('a', client(101, 'failed'))])).toEqual([102])
    expect(ids(body, 'b', [], ['a'])).toEqual([102])
  })

  it('does not wait for tests on other NICs', () => {
    const ends = ['a', 'b', 'c', 'd'].map(hostEnd)
    const tests = [
      { id: 101, from: 0, to: 1, round: 0 },
      { id: 102, from: 2, to: 3, round: 5 },
    ]
    expect(ids(exercise({ ends, tests }), 'c')).toEqual([102])
  })

  it('begins nothing again', () => {
    for (const state of ['accepted', 'running', 'succeeded', 'canceled'] as const)
      expect(ids(exercise(), 'a', [told('a', client(101, state))]), state).toEqual([])
  })

  it('lets the background wait for nobody and hold up nobody', () => {
    const params = { class: 'background', tool: 'ping' } as const
    const tests = [
      { id: 101, from: 0, to: 1, round: 0 },
      { id: 102, from: 0, to: 1, round: 3, params },
      { id: 103, from: 0, to: 2, round: 0, params },
      { id: 104, from: 0, to: 2, round: 4 },
    ]
    expect(ids(exercise({ tests }), 'a')).toEqual([101, 103, 102])
    expect(ids(exercise({ tests }), 'a', [told('a', client(101, 'succeeded'))])).toEqual([103, 102, 104])
  })
})
