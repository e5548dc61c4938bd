import { describe, expect, test, vi } from 'vitest'
import type { Op } from '#core/model/resource.ts'
import type { Driver } from '#drivers/driver.ts'
import type { Exec } from '#platform/exec.ts'
import { bench, image, last, peer, SWEEP_MS, settle, tunnel, workload } from '#testing/reconciler-bench.ts'
import { toyHost } from '#testing/toy-host.ts'
import { pass, until, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'

describe('looks of the reconciler', () => {
  useVirtualTime()

  test('what may not be done yet waits until its time comes', async () => {
    let mayTunnel = false
    const started = virtualClock.monotonicMs()
    const world = bench([tunnel, image('alpine')], {
      may: (op: Op) => mayTunnel || op.type === 'delete' || op.to.kind !== 'wg-interface',
      nextMs: () => (mayTunnel ? undefined : 3_000 - (virtualClock.monotonicMs() - started)),
    })
    await settle(world)
    expect(world.host.done).toEqual(['create image/alpine'])
    await pass(2_500)
    expect(world.host.done).toHaveLength(1)
    mayTunnel = true
    await pass(600)
    expect(world.host.done).toEqual(['create image/alpine', 'create wg-interface/wg'])
  })

  test('asked during a look, it looks again', async () => {
    const gate = Promise.withResolvers<void>()
    let looks = 0
    const world = bench([], {
      prepare: () => {
        looks += 1
        return looks === 1 ? gate.promise : Promise.resolve()
      },
    })
    world.reconciler.trigger()
    world.wanted = [tunnel]
    world.reconciler.trigger()
    world.reconciler.trigger()
    gate.resolve()
    await pass(50)
    expect(looks).toBe(2)
    expect(world.host.done).toEqual(['create wg-interface/wg'])
  })

  test('once stopped, leaves no timer behind', async () => {
    const world = bench([tunnel])
    await settle(world)
    expect(vi.getTimerCount()).toBe(1)
    await world.reconciler.stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('looks by itself at every sweep, and repairs', async () => {
    const world = bench([tunnel])
    await settle(world)
    world.host.there.clear()
    await pass(SWEEP_MS - 100)
    expect(world.host.done).toHaveLength(1)
    await pass(200)
    expect(world.host.done).toEqual(['create wg-interface/wg', 'create wg-interface/wg'])
  })

  test('stops: waits for the look under way, and nothing is done afterwards', async () => {
    const gate = Promise.withResolvers<void>()
    const world = bench([tunnel], { prepare: () => gate.promise })
    world.reconciler.trigger()
    let isStopped = false
    const stopped = world.reconciler.stop().then(() => {
      isStopped = true
    })
    await pass(50)
    expect(isStopped).toBe(false)
    gate.resolve()
    await stopped
    world.reconciler.trigger()
    await pass(2 * SWEEP_MS)
    expect(world.host.done).toEqual([])
    expect(world.passes).toEqual([])
  })

  test('a slow step holds up only what it concerns', async () => {
    const gate = Promise.withResolvers<void>()
    const host = toyHost()
    const exec: Exec = {
      run: async (command) => {
        if ('args' in command && command.args[1] === 'image/alpine') await gate.promise
        return host.exec.run(command)
      },
    }
    const world = bench([image('alpine'), workload('r1'), tunnel, peer], { drivers: host.drivers, exec })
    world.reconciler.trigger()
    await pass(1_100)
    expect(host.done).toEqual(['create wg-interface/wg', 'create wg-peer/wg/other'])
    host.there.delete(peer.id)
    world.reconciler.trigger()
    await pass(1_100)
    expect(host.done.at(-1)).toBe('create wg-peer/wg/other')
    expect(host.done).toHaveLength(3)
    await pass(SWEEP_MS)
    expect(host.done, 'nothing is begun twice').toHaveLength(3)
    gate.resolve()
    await pass(50)
    expect(host.done.slice(3)).toEqual(['create image/alpine', 'create workload/one/r1'])
  })

  test('while steps are slow, looks that take long are few: they take from the machine what the steps need', async () => {
    const gate = Promise.withResolvers<void>()
    const host = toyHost()
    const exec: Exec = {
      run: async (command) => {
        if ('args' in command && command.args[1] === 'image/alpine') await gate.promise
        return host.exec.run(command)
      },
    }
    const slow = (driver: Driver): Driver => ({
      ...driver,
      observe: async (...about) => {
        await new Promise((resolve) => setTimeout(resolve, 400))
        return driver.observe(...about)
      },
    })
    const world = bench([image('alpine')], { drivers: host.drivers.map(slow), exec })
    for (let at = 0; at < 100; at++) {
      world.reconciler.trigger()
      await pass(100)
    }
    expect(world.passes.length).toBeGreaterThanOrEqual(3)
    expect(world.passes.length).toBeLessThanOrEqual(4)
    gate.resolve()
    await pass(1_000)
    expect(host.done).toEqual(['create image/alpine'])
    const stopped = world.reconciler.stop()
    await pass(2_000)
    await stopped
  })

  test('what was done while the host was read is not done again by what that look saw', async () => {
    const host = toyHost()
    const gate = Promise.withResolvers<void>()
    const exec: Exec = {
      run: async (command) => {
        if ('args' in command && command.args[1] === 'image/alpine') await gate.promise
        return host.exec.run(command)
      },
    }
    let isSlow = false
    const slow = (driver: Driver): Driver => ({
      ...driver,
      observe: async (...about) => {
        const seen = await driver.observe(...about)
        if (isSlow) await new Promise((resolve) => setTimeout(resolve, 500))
        return seen
      },
    })
    const world = bench([image('alpine'), tunnel], { drivers: host.drivers.map(slow), exec })
    world.reconciler.trigger()
    await pass(1_100)
    isSlow = true
    world.reconciler.trigger()
    await pass(1_600)
    gate.resolve()
    await pass(3_000)
    expect(host.done.filter((done) => done.endsWith('alpine'))).toEqual(['create image/alpine'])
    expect(last(world).seen.map(({ id }) => id)).toContain('image/alpine')
    isSlow = false
    await pass(1_000)
    await world.reconciler.stop()
  })

  test('a look that cannot even begin is tried again at the next sweep', async () => {
    let isBroken = true
    const world = bench([tunnel], {
      prepare: async () => {
        if (isBroken) throw new Error('no folder')
      },
    })
    await settle(world)
    expect(world.passes).toEqual([])
    isBroken = false
    await until('the tunnel', () => world.host.there.has(tunnel.id), SWEEP_MS + 100)
  })
})
