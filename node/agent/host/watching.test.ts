import { describe, expect, test, vi } from 'vitest'
import type { Driver, Source, Watch } from '#drivers/driver.ts'
import type { Exec, Follow } from '#platform/exec.ts'
import { createLogger } from '#platform/log.ts'
import { toyHost } from '#testing/toy-host.ts'
import { pass, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { Watching } from './watching.ts'

const command = { file: 'toy', args: [] }
const STREAM: Source = { type: 'stream', name: 'toy', command, tells: (line) => line !== 'noise' }
const POLL: Source = { type: 'poll', name: 'asked', command, everyMs: 5_000, digest: (output) => output.slice(0, 3) }

/** Somebody who watches one toy tool. `say` is what it prints, `die` ends it, `begun` how often it was started. */
const bench = (sources: readonly Source[], answer = () => 'abc') => {
  const world = { looks: 0, lookedMs: Number.NEGATIVE_INFINITY, begun: 0, counts: new Map<string, number>() }
  let say: (line: string) => void = () => {}
  let die: (error: Error) => void = () => {}
  const follow: Follow = (_command, onLine, signal) => {
    world.begun += 1
    say = onLine
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    die = reject
    signal.addEventListener('abort', () => resolve())
    return promise
  }
  const exec: Exec = { run: async () => ({ code: 0, stdout: answer(), stderr: '' }) }
  const driver: Driver & Watch = { ...toyHost().drivers[0], sources: () => sources } as Driver & Watch
  const watching = new Watching({
    drivers: [driver, driver],
    exec,
    follow,
    clock: virtualClock,
    log: createLogger({ level: 'silent' }),
    count: (code) => world.counts.set(code, (world.counts.get(code) ?? 0) + 1),
    seen: () => [],
    lookedMs: () => world.lookedMs,
    trigger: () => {
      world.looks += 1
    },
  })
  watching.start()
  return Object.assign(world, {
    watching,
    say: (...lines: readonly string[]) => {
      for (const line of lines) say(line)
    },
    die: () => die(new Error('gone')),
    /** Past the look that every start of a source brings. */
    begin: async () => {
      await pass(1_200)
      world.looks = 0
    },
  })
}

describe('watching', () => {
  useVirtualTime()

  test('a source that two drivers name runs once; when it has begun, one look finds what happened before', async () => {
    const world = bench([STREAM])
    await pass(900)
    expect([world.begun, world.looks]).toEqual([1, 0])
    await pass(300)
    expect(world.looks).toBe(1)
    await pass(600_000)
    expect(world.looks, 'quiet stays quiet').toBe(1)
  })

  test('events that come together are one look, soon; what is not ours is none', async () => {
    const world = bench([STREAM])
    await world.begin()
    world.say('noise', 'noise')
    await pass(1_000)
    expect(world.looks).toBe(0)
    world.say('a', 'noise', 'b', 'c')
    await pass(100)
    expect(world.looks).toBe(1)
    await pass(5_000)
    expect(world.looks).toBe(1)
    expect(world.counts.get('watch.told.toy')).toBe(4)
  })

  test('a look that began after the last event has seen it', async () => {
    const world = bench([STREAM])
    await world.begin()
    world.say('a')
    await pass(50)
    world.lookedMs = virtualClock.monotonicMs()
    await pass(1_000)
    expect(world.looks).toBe(0)
    world.say('b')
    await pass(100)
    expect(world.looks).toBe(1)
  })

  test('a storm is twenty looks, then one every second, and its last event is looked at', async () => {
    const world = bench([STREAM])
    await world.begin()
    for (let count = 0; count < 600; count++) {
      world.say('a')
      await pass(50)
    }
    expect(world.looks).toBeGreaterThanOrEqual(45)
    expect(world.looks).toBeLessThanOrEqual(52)
    const before = world.looks
    await pass(3_000)
    expect(world.looks).toBeGreaterThan(before)
  })

  test('one that dies is started again, from 250 ms to 3 s later; each time it has begun there is a look', async () => {
    const world = bench([STREAM])
    await world.begin()
    world.die()
    await pass(200)
    expect([world.begun, world.looks], 'its end is an event').toEqual([1, 1])
    await pass(1_400)
    expect([world.begun, world.looks]).toEqual([2, 2])
    for (let count = 0; count < 20; count++) {
      world.die()
      await pass(3_100)
    }
    expect(world.begun).toBe(22)
    expect(world.counts.get('watch.ended.toy')).toBe(21)
  })

  test('a tool that is not there is not looked for in vain: no looks, a try every 3 s', async () => {
    const world = bench([STREAM])
    for (let count = 0; count < 600; count++) {
      world.die()
      await pass(50)
    }
    expect(world.looks).toBe(0)
    expect(world.begun).toBeGreaterThan(10)
    expect(world.begun).toBeLessThan(16)
  })

  test('a tool that tells nothing is asked; what does not count is no change', async () => {
    let output = 'abc1'
    const world = bench([POLL], () => output)
    await pass(5_100)
    output = 'abc2'
    await pass(10_000)
    expect(world.looks).toBe(0)
    output = 'abd2'
    await pass(5_100)
    expect(world.looks).toBe(1)
    await pass(20_000)
    expect(world.looks).toBe(1)
  })

  test('that it cannot be asked any more is a change, and that it can again', async () => {
    let isBroken = false
    const world = bench([POLL], () => {
      if (isBroken) throw new Error('no wg')
      return 'abc'
    })
    await pass(5_100)
    isBroken = true
    await pass(15_000)
    expect(world.looks).toBe(1)
    isBroken = false
    await pass(15_000)
    expect(world.looks).toBe(2)
  })

  test('stopped, it asks for nothing and leaves no timer', async () => {
    const world = bench([STREAM, POLL])
    await world.begin()
    world.say('a')
    await world.watching.stop()
    world.say('b')
    await pass(10_000)
    expect(world.looks).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })
})
