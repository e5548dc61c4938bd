import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AttachedView, ExerciseSummary, MatrixView, ScheduleView, TaskView, TestReservation } from '#agent/port.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'
import type { AttachedRow, ExerciseRow, MatrixShape, ScheduleRow, TaskRow, TestReservationRow } from './iperf-shapes.ts'

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const iperf = (...args: readonly string[]) => world.run(['iperf', ...args])
const out = async (...args: readonly string[]): Promise<string> => {
  const run = await iperf(...args)
  expect({ code: run.code, err: run.err }).toEqual({ code: 0, err: '' })
  return run.out
}
const json = async (...args: readonly string[]): Promise<unknown> => JSON.parse(await out(...args, '--json'))

it('has the shapes of the agent', () => {
  type Views = [ExerciseSummary, MatrixView, TaskView, TestReservation, ScheduleView, AttachedView]
  const same = (views: Views) => {
    const shapes: [ExerciseRow, MatrixShape, TaskRow, TestReservationRow, ScheduleRow, AttachedRow] = views
    return shapes
  }
  expect(same).toBeTypeOf('function')
})

describe('exercises', () => {
  it('are listed', async () => {
    const lines = (await out('ls')).split('\n')
    expect(lines[0]).toMatch(/^ID +NAME +STATE +TESTS +ROUND +NOT GOOD +WORST +BY +AGE +SCHEDULE$/)
    expect(lines[2]).toMatch(/^2000 +star of a +running +1\/8 +2\/8 +- +good +b +/)
    expect(lines[3]).toMatch(/^1000 +nightly mesh +ended +19\/20 +12\/12 +1 +bad +a +12h +nightly$/)
    expect(await json('ls')).toEqual(world.agent.iperf.list())
  })

  it('are shown with their matrix and what came of each test', async () => {
    const text = await out('show', '1000')
    expect(text).toMatch(/^exercise 1000 {2}nightly mesh {2}ended {2}by a {2}schedule nightly\n/)
    expect(text).toMatch(/\nd +942M = +945M = +947M = +· +310M ▼ bad\n/)
    expect(text).toMatch(/\n1010 +d +e +succeeded +310 Mbit\/s +▼ 33 %, bad .*measured again\n/)
    expect(text).toMatch(/\n1014 +e +a +failed +- .*unable to connect to server\n/)
    expect(await json('show', '1000')).toEqual(world.agent.iperf.exercise(1000))
    expect(await out('show', '2000')).toContain('; round 2 of 8, 1 of 8 tests ended\n')
  })

  it('of many tests show only what is worth a look', async () => {
    const one = world.agent.iperf.kept.get(1000)
    const [good] = one?.all ?? []
    for (let id = 1021; id <= 1040 && good !== undefined; id++) one?.all.push({ ...good, id })
    const text = await out('show', '1000')
    expect(text).toContain('37 more: `skein iperf results 1000`\n')
    expect(text.match(/^10\d\d /gm)).toHaveLength(3)
  })

  it('are started, stopped, removed', async () => {
    expect(await out('stop', '2000')).toBe('exercise 2000 has ended; see `skein iperf show 2000`\n')
    expect(await out('rm', '2000')).toBe('exercise 2000 removed\n')
    const refused = await iperf('start', '3000')
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('exercise 3000 has no test') })
    expect(await json('rm', '3000')).toEqual({ id: 3000, state: 'removed' })
    expect(world.agent.iperf.list().map(({ id }) => id)).toEqual([1000])
  })

  it.each([['show'], ['stop'], ['start'], ['rm'], ['results'], ['matrix']])(
    'that are not there say how to list those that are: %s',
    async (verb) => {
      const { code, err } = await iperf(verb, '999')
      expect(code).toBe(1)
      expect(err).toContain('hint: List the exercises with `skein iperf ls`.\n')
    },
  )

  it('have numbers', async () => {
    expect(await iperf('show', 'x')).toMatchObject({ code: 2 })
  })
})

describe('results', () => {
  it('are a table, JSON, or CSV', async () => {
    expect(await out('results', '1000')).toMatch(
      /\n1010 +1000 +d +e +succeeded +310 Mbit\/s +12 +- +- +0\.42 ms +3\.1 ms +2026-11-19T/,
    )
    expect(await json('results', '1000')).toContainEqual({
      id: 1014,
      exercise: 1000,
      source: 'e',
      destination: 'a',
      state: 'failed',
      receivedBps: null,
      startedAt: expect.stringMatching(/^2026-11-19T12:/),
      error: 'unable to connect to server',
    })
    const csv = (await out('results', '1000', '--csv')).split('\r\n')
    expect(csv[0]).toMatch(/^id,exercise,source,destination,state,receivedBps,/)
    expect(csv).toHaveLength(22)
    expect(await iperf('results', '1000', '--csv', '--json')).toMatchObject({ code: 2 })
  })

  it('of a pair come from all exercises', async () => {
    const rows = await json('results', '--source', 'a', '--destination', 'b')
    expect(rows).toMatchObject([
      { source: 'a', destination: 'b' },
      { source: 'a', destination: 'b' },
    ])
    expect(await json('results', '--limit', '3')).toHaveLength(3)
    expect(await iperf('results', '1000', '--source', 'a')).toMatchObject({ code: 2 })
  })

  it('are a matrix', async () => {
    const text = await out('matrix')
    expect(text).toMatch(
      /^received, bit\/s; sources down, destinations across, \? unknown\nfrom \\ to +a +b +c +d +e\n/,
    )
    expect(await json('matrix', '1000')).toEqual(world.agent.iperf.matrix(1000))
    world.agent.iperf.kept.clear()
    expect(await out('matrix')).toBe('nothing was measured yet; `skein iperf mesh` does\n')
  })

  it('are what iperf3 said, by the number of the test', async () => {
    expect(JSON.parse(await out('raw', '1001'))).toEqual([{ end: { sum_received: { bits_per_second: 930e6 } } }])
    expect(await iperf('raw', '9')).toMatchObject({ code: 1, err: expect.stringContaining('`skein iperf show ID`') })
  })
})

describe('tasks', () => {
  it('are listed, of one exercise and in one state too', async () => {
    expect(await out('tasks', '--exercise', '2000', '--state', 'running')).toMatch(
      /^TASK +EXERCISE +TEST +ROLE +END +HOST +STATE +PORT +TOOK +ERROR\n4004 +2000 +2002 +server +a +a +running +42002 +- +-\n4005 .*client.*\n$/,
    )
    expect(await json('tasks')).toEqual(world.agent.iperf.tasks({}))
    expect(await iperf('tasks', '--state', 'bored')).toMatchObject({ code: 2 })
  })

  it('are canceled with the other end of their test', async () => {
    expect(await out('cancel', '4005')).toBe('test 2002 is canceled\n')
    expect(world.agent.iperf.task(4004).state).toBe('canceled')
    const again = await iperf('cancel', '4005')
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('task 4005 is canceled') })
    expect(await iperf('cancel', '9')).toMatchObject({ code: 1, err: expect.stringContaining('`skein iperf tasks`') })
  })

  it('hold NICs and ports', async () => {
    expect(await out('reservations')).toMatch(/^OWNER +WHAT +OF +PORT +SINCE +FOR\ntest\/2002 +nic +b +- /)
    world.agent.iperf.kept.clear()
    expect(await out('reservations')).toBe('no test holds anything\n')
  })
})

describe('schedules', () => {
  it('are listed, set, removed', async () => {
    expect(await out('schedules', 'ls')).toMatch(/\nnightly +0 3 \* \* \* +mesh of all hosts +3h +1000\n/)
    const set = await out('schedules', 'set', 'often', '0 * * * *', 'a', 'b', '--time', '5')
    expect(set).toMatch(/^schedule often: 0 \* \* \* \* \(UTC\); it begins next in /)
    expect(world.agent.iperf.schedules().at(-1)).toMatchObject({
      name: 'often',
      ask: { shape: 'pairs', pairs: [['a', 'b']], params: { timeS: 5 } },
    })
    expect(await out('schedules', 'ls')).toMatch(/\noften +0 \* \* \* \* +a → b /)
    await out('schedules', 'set', 'often', '0 * * * *', '--hosts', 'a,b,c')
    expect(world.agent.iperf.schedules().at(-1)?.ask).toMatchObject({ shape: 'mesh', ends: ['a', 'b', 'c'] })
    expect(await out('schedules', 'rm', 'often')).toBe('schedule often removed\n')
    const gone = await iperf('schedules', 'rm', 'often')
    expect(gone).toMatchObject({ code: 1, err: expect.stringContaining('`skein iperf schedules ls`') })
  })

  it.each([
    ['x', 'never'],
    ['x', '0 * * * *', 'a'],
    ['x', '0 * * * *', 'a', 'b', '--hosts', 'c'],
  ])('refuses %s %s %s', async (...args) => {
    const { code, err } = await iperf('schedules', 'set', ...args)
    expect(code).toBe(2)
    expect(err).toMatch(/^error: .+\nhint: .+\n$/)
  })
})

describe('attached machines', () => {
  it('are listed, added with a key that is told once, removed by name or number', async () => {
    expect(await json('agents', 'ls')).toEqual(world.agent.iperf.attached.list())
    expect(await out('agents', 'ls')).toMatch(/\n\d+ +probe-1 +online +/)
    const key = 'a-key-that-somebody-chose-0123456789'
    const added = await world.run(['iperf', 'agents', 'add', 'printer', '--key', '-'], { stdin: `${key}\n` })
    expect(added).toMatchObject({
      code: 0,
      out: expect.stringContaining(`${key}\n\nThe key of machine printer (number `),
    })
    expect(await out('agents', 'rm', 'printer')).toBe('machine printer removed\n')
    const [first] = world.agent.iperf.attached.list()
    await out('agents', 'rm', String(first?.id))
    expect(world.agent.iperf.attached.list().map(({ name }) => name)).toEqual(['probe-2'])
    const gone = await iperf('agents', 'rm', 'printer')
    expect(gone).toMatchObject({ code: 1, err: expect.stringContaining('`skein iperf agents ls`') })
  })
})

it.each(
  ['run', 'mesh', 'ls', 'show', 'start', 'stop', 'rm', 'cancel', 'results', 'matrix', 'raw', 'tasks', 'reservations']
    .concat(['schedules ls', 'schedules set', 'schedules rm', 'agents ls', 'agents add', 'agents rm'])
    .map((words) => [words]),
)('%s --help has an example', async (words) => {
  const { code, out: help } = await iperf(...words.split(' '), '--help')
  expect(code).toBe(0)
  expect(help.split('Examples:')[1]).toContain(`skein iperf ${words}`)
})
