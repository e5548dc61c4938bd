import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTerminal, type TaskState, taskId } from '../model/iperf.ts'
import { exercise, peers, task, testsNow, told } from './testdata/exercise.ts'
import { idOf } from './testdata/world.ts'
import { exerciseState, isOver } from './view.ts'

const states = (tests: ReturnType<typeof testsNow>): readonly string[] =>
  tests.flatMap(({ client, server }) => [`${client.state} ${client.error ?? ''}`.trim(), server.state])

describe('testsOf', () => {
  it('knows who carries out what, and takes what they tell', () => {
    const [first, second] = testsNow(exercise(), [
      told('a', task(101, 'client', { state: 'running', startedAtMs: 5 })),
      told('b', task(101, 'server', { state: 'running', port: 5201 })),
    ])
    expect(first).toMatchObject({
      from: { name: 'a' },
      to: { name: 'b' },
      client: { id: taskId(101, 'client'), state: 'running', startedAtMs: 5, host: idOf('a') },
      server: { state: 'running', port: 5201, host: idOf('b') },
    })
    expect(second).toMatchObject({ client: { state: 'pending', host: idOf('b') }, server: { state: 'pending' } })
  })

  it('believes nobody about the tasks of others', () => {
    const lie = told('c', task(101, 'client', { state: 'succeeded' }), task(101, 'server', { state: 'failed' }))
    expect(states(testsNow(exercise(), [lie])).slice(0, 2)).toEqual(['pending', 'pending'])
  })

  it('leaves out tests whose ends it does not have', () => {
    expect(testsNow(exercise({ tests: [{ id: 1, from: 0, to: 9, round: 0 }] }))).toEqual([])
  })

  it('has parameters of the exercise, but for what differs', () => {
    const tests = [{ id: 101, from: 0, to: 1, round: 0, params: { timeS: 3 } }]
    expect(testsNow(exercise({ tests }))[0]?.params).toMatchObject({ timeS: 3, protocol: 'tcp' })
  })

  it('fails what a host that is down does not do', () => {
    const running = told('b', task(102, 'client', { state: 'running' }))
    expect(states(testsNow(exercise(), [running], peers('b')))).toEqual([
      'pending',
      'failed',
      'failed host b is down',
      'failed',
    ])
    expect(states(testsNow(exercise({ startedAtMs: null }), [], peers('b')))).toEqual(Array(4).fill('pending'))
  })

  it('keeps an end that was told, whatever happens then', () => {
    const done = told('a', task(101, 'client', { state: 'succeeded', endedAtMs: 9 }))
    const over = exercise({ endedAtMs: 50, stoppedAtMs: 40, canceled: [taskId(101, 'client')] })
    expect(testsNow(over, [done], peers('a', 'b'))[0]).toMatchObject({
      client: { state: 'succeeded' },
      server: { state: 'succeeded', endedAtMs: 9 },
    })
  })

  it('ends a server as its client, unless its host told otherwise', () => {
    const client = told('a', task(101, 'client', { state: 'failed', error: 'no route' }))
    const server = told('b', task(101, 'server', { state: 'succeeded' }))
    expect(testsNow(exercise(), [client])[0]?.server).toMatchObject({ state: 'failed', error: 'no route' })
    expect(testsNow(exercise(), [client, server])[0]?.server.state).toBe('succeeded')
  })

  it('ends what is left when the exercise ends: in time, or since it was stopped or canceled', () => {
    const running = told('b', task(102, 'client', { state: 'running' }))
    expect(states(testsNow(exercise({ endedAtMs: 50 }), [running]))).toEqual([
      expect.stringMatching(/^timed_out it had not/),
      'timed_out',
      expect.stringMatching(/^timed_out it had not/),
      'timed_out',
    ])
    expect(states(testsNow(exercise({ endedAtMs: 50, stoppedAtMs: 40 }), [running], peers('b')))).toEqual([
      'canceled the exercise was stopped',
      'canceled',
      'canceled the exercise was stopped',
      'canceled',
    ])
    const canceled = exercise({ endedAtMs: 50, canceled: [taskId(102, 'server')] })
    expect(states(testsNow(canceled, [running])).slice(2)).toEqual(['canceled it was canceled', 'canceled'])
  })

  it('says for good who was down when the exercise ended', () => {
    const ended = exercise({ endedAtMs: 50, down: [idOf('a')] })
    for (const who of [peers('a'), peers(), peers('b')]) {
      expect(states(testsNow(ended, [], who))).toEqual([
        'failed host a is down',
        'failed',
        expect.stringMatching(/^timed_out it had not/),
        'timed_out',
      ])
    }
  })

  it('takes a canceled test that nobody began as canceled, one that runs as running until it is told', () => {
    const body = exercise({ canceled: [taskId(101, 'client'), taskId(102, 'client')] })
    const running = told('b', task(102, 'client', { state: 'running' }))
    expect(states(testsNow(body, [running]))).toEqual(['canceled it was canceled', 'canceled', 'running', 'pending'])
  })

  it('has every task ended once the exercise has, whatever was told and whoever is down', () => {
    const state = fc.constantFrom<TaskState>('pending', 'accepted', 'running', 'succeeded', 'failed', 'canceled')
    const telling = fc.tuple(state, state, state, state)
    const at = fc.option(fc.nat(), { nil: null })
    const down = fc.subarray(['a', 'b', 'c'])
    fc.assert(
      fc.property(
        telling,
        at,
        down,
        fc.subarray([202, 203, 204, 205]),
        ([one, two, three, four], stopped, who, ids) => {
          const tests = testsNow(
            exercise({ endedAtMs: 9, stoppedAtMs: stopped, canceled: ids }),
            [
              told('a', task(101, 'client', { state: one })),
              told('b', task(101, 'server', { state: two }), task(102, 'client', { state: three })),
              told('c', task(102, 'server', { state: four })),
            ],
            peers(...who),
          )
          expect(isOver(tests)).toBe(true)
          expect(tests.every(({ server }) => isTerminal(server.state))).toBe(true)
        },
      ),
    )
  })
})

it('knows where an exercise is', () => {
  const created = exercise({ startedAtMs: null })
  expect(exerciseState(created)).toBe('created')
  expect(exerciseState(exercise())).toBe('running')
  expect(exerciseState(exercise({ stoppedAtMs: 3 }))).toBe('stopping')
  expect(exerciseState(exercise({ stoppedAtMs: 3, endedAtMs: 4 }))).toBe('ended')
  expect(isOver(testsNow(exercise()))).toBe(false)
})
