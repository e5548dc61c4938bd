import { describe, expect, it } from 'vitest'
import { type ExerciseBody, MAX_TESTS, type PlacedEnd } from '../model/iperf.ts'
import type { World } from './ends.ts'
import { MAX_TESTS_OF_HOST, planExercise } from './plan.ts'
import { planMore } from './plan-more.ts'
import { hostEnd, idOf, world } from './testdata/world.ts'

const hosts = (many: number): World => ({
  hosts: Array.from({ length: many }, (_, at) => ({ id: idOf(`h${at}`), name: `h${at}`, isAlive: true })),
  nodes: [],
  attached: [],
})

describe('planExercise', () => {
  it('measures all hosts that are there where none is named, and says who is not', () => {
    const plan = planExercise({ shape: 'mesh' }, world)
    expect(plan.ends).toEqual(['a', 'b', 'c'].map(hostEnd))
    expect(plan.tests).toHaveLength(6)
    expect(new Set(plan.tests.map(({ round }) => round)).size).toBe(6)
    expect(plan.notes).toEqual(['d is down and is not measured'])
    expect(plan.problems).toEqual([])
  })

  it('refuses a host that is down where it is named', () => {
    expect(planExercise({ shape: 'mesh', ends: ['a', 'b', 'd'] }, world)).toMatchObject({
      tests: [],
      problems: ['host d is down'],
      unknown: [],
    })
  })

  it('measures pairs as they are named, each once', () => {
    const pairs = [['a', 'b'] as const, ['ring/r1', 'ring/r2'] as const, ['a', 'b'] as const, ['c', 'a'] as const]
    const plan = planExercise({ shape: 'pairs', pairs }, world)
    expect(plan.problems).toEqual([])
    expect(plan.notes).toEqual(['a → b is named twice and measured once'])
    expect(plan.tests.map(({ from, to }) => [plan.ends[from], plan.ends[to]])).toMatchObject([
      [{ name: 'a' }, { name: 'b' }],
      [{ node: 'r1' }, { node: 'r2' }],
      [{ name: 'c' }, { name: 'a' }],
    ])
    // Host and node share the NIC of their host.
    expect(new Set(plan.tests.map(({ round }) => round)).size).toBe(3)
  })

  it('tells all mistakes at once', () => {
    const plan = planExercise(
      {
        shape: 'pairs',
        ends: ['a'],
        pairs: [
          ['a', 'a'],
          ['x', 'd'],
          ['ring/r1', 'ring/r1:eth1'],
        ],
        params: { timeS: 0 },
      },
      world,
    )
    expect(plan.problems).toHaveLength(6)
    expect(plan.unknown).toEqual([expect.stringContaining('`x`')])
    expect(plan.tests).toEqual([])
  })

  it('has nothing against an exercise to which tests come later, but a mesh needs two machines', () => {
    expect(planExercise({ shape: 'pairs' }, world)).toMatchObject({ tests: [], problems: [] })
    for (const ends of [['a'], ['ring/r1', 'ring/r1:eth1']])
      expect(planExercise({ shape: 'mesh', ends }, world).problems, ends.join()).toHaveLength(1)
  })

  it('notes what a mesh names twice', () => {
    const plan = planExercise({ shape: 'mesh', ends: ['a', 'b', 'a'] }, world)
    expect(plan.tests).toHaveLength(2)
    expect(plan.notes).toEqual(['a is named twice and measured as one'])
  })

  it('runs all at once in the background', () => {
    const params = { class: 'background', tool: 'ping' } as const
    const plan = planExercise({ shape: 'mesh', params }, world)
    expect(plan.problems).toEqual([])
    expect(plan.tests.map(({ round }) => round)).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('lets attached machines be pinged, but not ping', () => {
    const ask = (pair: readonly [string, string]) =>
      planExercise({ shape: 'pairs', pairs: [pair], params: { tool: 'ping' } }, world).problems
    expect(ask(['a', 'printer'])).toEqual([])
    expect(ask(['printer', 'a'])).toEqual([expect.stringContaining('cannot ping')])
  })

  it('plans 100 hosts and refuses 101', () => {
    const plan = planExercise({ shape: 'mesh' }, hosts(100))
    expect(plan.tests).toHaveLength(9900)
    expect(Math.max(...plan.tests.map(({ round }) => round))).toBe(197)
    expect(planExercise({ shape: 'mesh' }, hosts(102)).problems).toEqual([expect.stringContaining(`${MAX_TESTS}`)])
  })

  it('refuses what no record of one host could tell of', () => {
    const pairs = Array.from({ length: MAX_TESTS_OF_HOST + 1 }, (_, at) => ['h0', `h${at + 1}`] as const)
    const plan = planExercise({ shape: 'pairs', pairs }, hosts(MAX_TESTS_OF_HOST + 2))
    expect(plan.problems).toEqual([expect.stringContaining(`at most ${MAX_TESTS_OF_HOST}`)])
    expect(planExercise({ shape: 'pairs', pairs: pairs.slice(1) }, hosts(MAX_TESTS_OF_HOST + 2)).problems).toEqual([])
  })
})

describe('planMore', () => {
  const { ends, tests, params } = planExercise({ shape: 'pairs', pairs: [['a', 'b']] }, world)
  const body: Pick<ExerciseBody, 'ends' | 'tests' | 'params'> = {
    ends,
    params,
    tests: tests.map((test) => ({ ...test, id: 7 })),
  }

  it('adds a test, of ends it has and of new ones, and plans its round', () => {
    const more = planMore(body, { id: 8, source: 'b', destination: 'c', params: { timeS: 3 } }, world)
    expect(more.problems).toEqual([])
    expect(more.ends.map((end: PlacedEnd) => end.host)).toEqual(['a', 'b', 'c'].map(idOf))
    expect(more.tests).toMatchObject([{ id: 7 }, { id: 8, from: 1, to: 2, params: { timeS: 3 } }])
    expect(new Set(more.tests.map(({ round }) => round))).toEqual(new Set([0, 1]))
    // As a record that was sent has it: names in another order.
    const sent = { ...body, ends: body.ends.map((end) => Object.fromEntries(Object.entries(end).reverse()) as never) }
    expect(planMore(sent, { id: 8, source: 'b', destination: 'a' }, world).ends).toHaveLength(2)
  })

  it('lets a test in the background wait for nobody', () => {
    const quiet = { class: 'background', tool: 'ping' } as const
    const more = planMore(body, { id: 8, source: 'b', destination: 'a', params: quiet }, world)
    expect(more.tests.map(({ round }) => round)).toEqual([0, 0])
  })

  it('changes nothing where something is wrong', () => {
    const more = planMore(body, { id: 8, source: 'x', destination: 'd', params: { parallel: 0 } }, world)
    expect(more.problems).toHaveLength(3)
    expect(more.unknown).toHaveLength(1)
    expect({ ends: more.ends, tests: more.tests }).toEqual({ ends: body.ends, tests: body.tests })
  })
})
