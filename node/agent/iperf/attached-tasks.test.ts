import { expect, test } from 'vitest'
import { DEFAULT_PARAMS, taskId } from '#core/model/iperf.ts'
import { AttachedTasks, type AttachedWish } from './attached-tasks.ts'

const bench = () => {
  const state = { nowMs: 0, whyNot: undefined as string | undefined, whyGone: undefined as string | undefined }
  const tasks = new AttachedTasks({
    clock: { nowMs: () => 0, monotonicMs: () => state.nowMs },
    whyNot: () => state.whyNot,
    whyGone: () => state.whyGone,
  })
  const add = (wish: Partial<AttachedWish> = {}) =>
    tasks.add({
      machine: 'lite',
      role: 'client',
      exercise: 1,
      test: 2,
      params: { ...DEFAULT_PARAMS, samples: 3 },
      port: 30_000,
      limitMs: 20_500,
      ...wish,
    })
  const passMs = (ms: number): void => {
    for (const endMs = state.nowMs + ms; state.nowMs < endMs; state.nowMs += 1_000) tasks.look()
    tasks.look()
  }
  return { state, tasks, add, passMs }
}
const CLIENT = taskId(2, 'client')

test('a task is claimed again and again until it is started, then told', async () => {
  const { tasks, add } = bench()
  const run = add({ address: '192.0.2.1' })
  const task = tasks.claim('lite')
  expect(task).toEqual({
    id: CLIENT,
    exercise: 1,
    test: 2,
    role: 'client',
    params: { ...DEFAULT_PARAMS, samples: 1 },
    port: 30_000,
    address: '192.0.2.1',
    limitS: 21,
  })
  expect(tasks.claim('other')).toBeUndefined()
  add({ test: 1, role: 'server' })
  expect(tasks.claim('lite'), 'still the same').toEqual(task)
  expect(tasks.isBusy('lite')).toBe(false)
  tasks.started(CLIENT)
  tasks.started(CLIENT)
  expect(await run.started).toBe(true)
  expect([tasks.isBusy('lite'), tasks.isBusy('other')]).toEqual([true, false])
  expect(tasks.claim('lite')?.role).toBe('server')
  tasks.told(CLIENT, { state: 'succeeded', output: 5 })
  expect(await run.ended).toEqual({ type: 'told', outcome: { state: 'succeeded', output: 5 } })
  expect(tasks.has('lite', CLIENT)).toBe(false)
})

test('servers come before clients, in the order they came', () => {
  const { tasks, add } = bench()
  add({ test: 1 })
  add({ test: 2, role: 'server' })
  add({ test: 3, role: 'server' })
  const given = [1, 2, 3].map(() => {
    const task = tasks.claim('lite')
    if (task !== undefined) tasks.started(task.id)
    return `${task?.role} ${task?.test}`
  })
  expect(given).toEqual(['server 2', 'server 3', 'client 1'])
  expect(tasks.claim('lite')).toBeUndefined()
})

test('nothing can be told of what was not claimed, or is over', () => {
  const { tasks, add } = bench()
  const unclaimed = expect.objectContaining({ code: 'TEST_STATE' })
  expect(() => tasks.started(CLIENT)).toThrow(unclaimed)
  const run = add()
  expect(() => tasks.started(CLIENT)).toThrow(unclaimed)
  expect(() => tasks.told(CLIENT, { state: 'failed' })).toThrow(unclaimed)
  tasks.claim('lite')
  run.drop()
  expect(() => tasks.started(CLIENT)).toThrow(unclaimed)
  expect(tasks.claim('lite')).toBeUndefined()
})

test.each([
  ['was not claimed', false, 'did not ask for its task within 30 s'],
  ['was claimed and not started', true, 'took its task and did not start it within 30 s'],
])('is given up where it %s', async (_how, isClaimed, why) => {
  const { tasks, add, passMs } = bench()
  const run = add()
  if (isClaimed) tasks.claim('lite')
  passMs(29_000)
  expect(tasks.has('lite', CLIENT)).toBe(true)
  passMs(1_000)
  expect(await run.started).toBe(false)
  expect(await run.ended).toMatchObject({ type: 'lost', error: { code: 'UNREACHABLE', message: `lite ${why}` } })
})

test('ends at once where the machine is offline, unless it began: then it has its time', async () => {
  const { state, tasks, add, passMs } = bench()
  const begun = add()
  tasks.claim('lite')
  tasks.started(CLIENT)
  const waiting = add({ test: 3 })
  state.whyNot = 'lite is offline'
  passMs(0)
  expect(await waiting.ended).toMatchObject({ error: { code: 'UNREACHABLE', message: 'lite is offline' } })
  passMs(20_000)
  expect(tasks.isBusy('lite')).toBe(true)
  passMs(1_000)
  expect(await begun.ended).toMatchObject({
    error: { code: 'TIMEOUT', message: 'lite did not end its task within 21 s' },
  })
})

test('the next sample of a test takes the place of the one before', async () => {
  const { tasks, add } = bench()
  const first = add()
  tasks.claim('lite')
  const second = add()
  expect(await first.ended).toEqual({ type: 'dropped' })
  first.drop()
  tasks.claim('lite')
  tasks.told(CLIENT, { state: 'failed', error: 'no route' })
  expect(await second.ended).toMatchObject({ outcome: { error: 'no route' } })
})

test('ends at once where the machine was removed, or has another home, even if it began', async () => {
  const { state, tasks, add, passMs } = bench()
  const begun = add()
  tasks.claim('lite')
  tasks.started(CLIENT)
  state.whyGone = 'there is no attached machine named lite'
  passMs(0)
  expect(tasks.has('lite', CLIENT)).toBe(false)
  expect(await begun.ended).toMatchObject({ type: 'lost', error: { code: 'UNREACHABLE', message: state.whyGone } })
})

test('those that ended last are remembered, with whose they were', () => {
  const { tasks, add } = bench()
  for (let test = 1; test <= 1_001; test += 1) add({ test }).drop()
  const knew = (test: number, machine = 'lite') => tasks.knew(machine, taskId(test, 'client'))
  expect([knew(1), knew(2), knew(1_001), knew(1_001, 'other'), knew(5_000)]).toEqual([false, true, true, false, false])
})
