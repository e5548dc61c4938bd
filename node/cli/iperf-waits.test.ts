import { afterEach, beforeEach, expect, it } from 'vitest'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'
import type { ExerciseShape, TestReservationRow } from './iperf-shapes.ts'
import { waitsOf } from './iperf-waits.ts'

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const begun = async (...how: readonly string[]): Promise<ExerciseShape> =>
  JSON.parse((await world.run(['iperf', 'run', 'a', 'b', '--no-wait', '--json', ...how])).out)
const nic = (owner: string, of: string): TestReservationRow => ({ owner, type: 'nic', of, sinceMs: 0, untilMs: 1 })

it('names who has the NIC that a test waits for', async () => {
  const exercise = await begun()
  const [test] = exercise.all
  const pending = { ...exercise, all: exercise.all.map((one) => ({ ...one, state: 'pending' as const })) }
  expect(waitsOf(pending, [nic('test/9', 'c'), nic('test/8', 'b')])).toEqual([
    'a → b waits: test 8 uses the NIC of b\n',
  ])
  expect(waitsOf(pending, [nic(`test/${test?.id}`, 'a'), nic('test/8', 'c')])).toEqual([])
  expect(waitsOf(pending, [{ ...nic('test/8', 'b'), type: 'port' }])).toEqual([])
  const running = { ...exercise, all: exercise.all.map((one) => ({ ...one, state: 'running' as const })) }
  expect(waitsOf(running, [nic('test/8', 'b')])).toEqual([])
})

it('refuses what no agent would take, in the words of the options', async () => {
  for (const [option, value, says] of [
    ['--time', '2h', 'an hour at most'],
    ['--parallel', '129', 'Write 128 at most'],
    ['--samples', '21', 'Write 20 at most'],
    ['--bitrate', '999', 'Write 1k to 1T'],
    ['--schedule-name', 'x', 'there is none'],
  ] as const) {
    const { code, err } = await world.run(['iperf', 'run', 'a', 'b', option, value])
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(says) })
  }
  expect((await world.run(['iperf', 'raw', '99999'])).err).toContain('there is no test 99999')
  expect(world.agent.iperf.asked).toEqual([])
})
