import { describe, expect, test } from 'vitest'
import type { Image, Resource } from '#core/model/resource.ts'
import { imageId } from '#core/model/resource-ids.ts'
import type { Driver } from '#drivers/driver.ts'
import { createLogger } from '#platform/log.ts'
import { pass, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { Eyes } from './look.ts'

const image = (name: string): Image => ({ kind: 'image', id: imageId(name), needs: [], name })

const isLxd = (resource: Resource): boolean => 'provider' in resource && resource.provider === 'lxd'

/** Answers when told to. */
const driverOf = (kind: Resource['kind']) => {
  const reads: PromiseWithResolvers<readonly Resource[]>[] = []
  const driver: Driver = {
    name: kind,
    owns: (resource): resource is Resource => resource.kind === kind && !isLxd(resource),
    probe: async () => ({ ok: true, version: '1' }),
    observe: () => {
      const read = Promise.withResolvers<readonly Resource[]>()
      reads.push(read)
      return read.promise
    },
    steps: () => [],
  }
  return { driver, reads }
}

const bench = () => {
  const [slow, other] = [driverOf('image'), driverOf('vtep')]
  let late = 0
  const options = {
    drivers: [slow.driver, other.driver],
    exec: { run: () => Promise.reject(new Error('nothing is run')) },
    log: createLogger({ level: 'silent' }),
    clock: virtualClock,
  }
  const eyes = new Eyes(options, () => {
    late += 1
  })
  return { eyes, slow, other, late: () => late }
}

describe('looks at a host', () => {
  useVirtualTime()

  test('a tool that does not answer is waited for once and a moment; the others are read', async () => {
    const { eyes, slow, other, late } = bench()
    const beganMs = eyes.beginsMs()
    const first = eyes.look()
    await pass(2_000)
    other.reads[0]?.resolve([])
    expect((await first).blind).toEqual(new Map([['image', 'image cannot be read: no answer for 2 s']]))
    await pass(8_000)
    const second = eyes.look()
    await pass(1)
    other.reads[1]?.resolve([])
    expect((await second).blind.get('image')).toBe('image cannot be read: no answer for 10 s')
    expect([slow.reads.length, eyes.beginsMs(), late()]).toEqual([1, beganMs, 0])
  })

  test('what it answers at last is told of and used, as of when it was asked; then it is asked again', async () => {
    const { eyes, slow, other, late } = bench()
    const beganMs = eyes.beginsMs()
    const first = eyes.look()
    await pass(2_000)
    other.reads[0]?.resolve([])
    await first
    slow.reads[0]?.resolve([image('alpine')])
    await pass(1_000)
    expect([late(), eyes.beginsMs()]).toEqual([1, beganMs])
    const second = eyes.look()
    await pass(1)
    other.reads[1]?.resolve([])
    expect(await second).toEqual({ seen: [image('alpine')], blind: new Map() })
    expect(eyes.beginsMs()).toBeGreaterThan(beganMs)
    void eyes.look()
    expect(slow.reads).toHaveLength(2)
  })

  test('on a busy machine, where all take long, it is waited for longer', async () => {
    const { eyes, slow, other } = bench()
    const blindIn = async (ms: number) => {
      const look = eyes.look()
      await pass(ms)
      slow.reads.at(-1)?.resolve([])
      await pass(1)
      other.reads.at(-1)?.resolve([])
      return (await look).blind.size
    }
    expect([await blindIn(1_500), await blindIn(5_500), await blindIn(9_500)]).toEqual([0, 0, 0])
    expect(await blindIn(10_500)).toBe(1)
    expect(await blindIn(50)).toBe(0)
    for (let quick = 0; quick < 15; quick += 1) expect(await blindIn(50)).toBe(0)
    expect(await blindIn(2_100)).toBe(1)
  })

  test('the workloads of all engines are seen before what goes into their namespaces is looked at', async () => {
    const [docker, lxd, nic] = [driverOf('workload'), driverOf('workload'), driverOf('nic')]
    const ofLxd: Driver = { ...lxd.driver, owns: (resource): resource is Resource => isLxd(resource) }
    const asked: (readonly Resource[])[] = []
    const observe: Driver['observe'] = async (_exec, seen) => {
      asked.push([...seen])
      return []
    }
    const watched: Driver = { ...nic.driver, observe }
    const options = { exec: { run: () => Promise.reject(new Error('nothing is run')) }, clock: virtualClock }
    const log = createLogger({ level: 'silent' })
    const eyes = new Eyes({ ...options, log, drivers: [docker.driver, watched, ofLxd] }, () => {})
    const look = eyes.look()
    await pass(1)
    expect(asked).toEqual([])
    docker.reads[0]?.resolve([image('a')])
    lxd.reads[0]?.resolve([image('b')])
    await look
    expect(asked.map((seen) => seen.length)).toEqual([2])
  })

  test('where one engine is silent, only what it runs is not judged', async () => {
    const [docker, lxd] = [driverOf('workload'), driverOf('workload')]
    const ofLxd: Driver = { ...lxd.driver, owns: (resource): resource is Resource => isLxd(resource) }
    const options = { exec: { run: () => Promise.reject(new Error('nothing is run')) }, clock: virtualClock }
    const log = createLogger({ level: 'silent' })
    const eyes = new Eyes({ ...options, log, drivers: [docker.driver, ofLxd] }, () => {})
    const look = eyes.look()
    docker.reads[0]?.resolve([])
    lxd.reads[0]?.reject(new Error('gone'))
    expect([...(await look).blind.keys()]).toEqual(['workload of lxd', 'image of lxd'])
  })

  test('one that fails late says why', async () => {
    const { eyes, slow, other } = bench()
    const first = eyes.look()
    await pass(2_000)
    other.reads[0]?.resolve([])
    await first
    slow.reads[0]?.reject(new Error('no such socket'))
    await pass(1)
    const second = eyes.look()
    await pass(1)
    other.reads[1]?.resolve([])
    expect((await second).blind.get('image')).toContain('no such socket')
  })
})
