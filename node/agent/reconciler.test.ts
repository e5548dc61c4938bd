import { describe, expect, test, vi } from 'vitest'
import type { LabName, NodeName, ResourceId } from '#core/model/ids.ts'
import type { Image, Op, Resource, WgInterface, WgPeer, Workload } from '#core/model/resource.ts'
import { imageId, wgInterfaceId, wgPeerId, workloadId } from '#core/model/resource-ids.ts'
import type { Driver } from '#drivers/driver.ts'
import type { Exec } from '#platform/exec.ts'
import { createLogger } from '#platform/log.ts'
import { type ToyHost, toyHost } from '#testing/toy-host.ts'
import { pass, until, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { type Pass, Reconciler, type ReconcilerOptions } from './reconciler.ts'

const SWEEP_MS = 30_000

const image = (name: string): Image => ({ kind: 'image', id: imageId(name), needs: [], name })
const tunnel: WgInterface = {
  kind: 'wg-interface',
  id: wgInterfaceId('wg'),
  needs: [],
  name: 'wg',
  privateKeyFile: '/key',
  publicKey: 'own',
  listenPort: 51_820,
  address: '10.213.0.1/16',
  mtuBytes: 1420,
}
const peer: WgPeer = {
  kind: 'wg-peer',
  id: wgPeerId('wg', 'other'),
  needs: [tunnel.id],
  interface: 'wg',
  publicKey: 'other',
  endpoint: '192.0.2.2:51820',
  allowedIps: ['10.213.0.2/32'],
  keepaliveS: 25,
}
const workload = (node: string): Workload => ({
  kind: 'workload',
  id: workloadId('one' as LabName, node as NodeName),
  needs: [imageId('alpine')],
  provider: 'docker',
  lab: 'one' as LabName,
  node: node as NodeName,
  containerName: `clab-one-${node}`,
  spec: { image: 'alpine', hostname: node, env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
  specHash: 'h',
  state: 'running',
})

interface Bench {
  readonly host: ToyHost
  readonly passes: Pass[]
  readonly reconciler: Reconciler
  wanted: readonly Resource[]
}

const bench = (wanted: readonly Resource[], options: Partial<ReconcilerOptions> = {}): Bench => {
  const host = toyHost()
  const passes: Pass[] = []
  const reconciler = new Reconciler({
    drivers: host.drivers,
    exec: host.exec,
    clock: virtualClock,
    log: createLogger({ level: 'silent' }),
    sweepMs: SWEEP_MS,
    prepare: async () => {},
    nextMs: () => undefined,
    wanted: () => world.wanted,
    may: () => true,
    ...options,
    onPass: (look) => {
      passes.push(look)
      options.onPass?.(look)
    },
  })
  const world: Bench = { host, passes, reconciler, wanted }
  return world
}

const last = ({ passes }: Bench): Pass => {
  const found = passes.at(-1)
  if (found === undefined) throw new Error('no pass yet')
  return found
}

/** A driver that does all it is asked for in one step, as those of the switch and of devices do. */
const inOneStep =
  (driver: Driver): Driver['steps'] =>
  (ops) =>
    ops.length === 0 ? [] : [{ ops, commands: driver.steps(ops).flatMap((step) => step.commands) }]

/** Asks and waits for what can be done at once. */
const settle = async ({ reconciler }: Bench): Promise<void> => {
  reconciler.trigger()
  await pass(50)
}

describe('reconciler', () => {
  useVirtualTime()

  test('goes on until nothing is ready: what stands on others comes once those were seen', async () => {
    const world = bench([workload('r1'), image('alpine')])
    await settle(world)
    expect(world.host.done).toEqual(['create image/alpine', 'create workload/one/r1'])
    expect(
      last(world)
        .seen.map(({ id }) => id)
        .toSorted(),
    ).toEqual(['image/alpine', 'workload/one/r1'])
    expect(world.passes).toHaveLength(3)
  })

  test('removes what nobody wants', async () => {
    const world = bench([image('alpine'), workload('r1')])
    await settle(world)
    world.wanted = [image('alpine')]
    await settle(world)
    expect(world.host.done.at(-1)).toBe('delete workload/one/r1')
    expect([...world.host.there.keys()]).toEqual(['image/alpine'])
  })

  test('a failing op holds back what needs it, others go on, and its message is told', async () => {
    const world = bench([image('alpine'), workload('r1'), tunnel, peer])
    world.host.broken.set(imageId('alpine'), 'no such image')
    await settle(world)
    expect([...world.host.there.keys()].toSorted()).toEqual([tunnel.id, peer.id])
    expect(world.host.done).not.toContain('create workload/one/r1')
    expect([...last(world).failures]).toEqual([[imageId('alpine'), expect.stringContaining('no such image')]])
  })

  test('tries again after 1 s, then 2 s, and forgets the failure once it is done', async () => {
    const world = bench([tunnel])
    world.host.broken.set(tunnel.id, 'busy')
    await settle(world)
    expect(world.host.done).toHaveLength(1)
    await pass(800)
    expect(world.host.done).toHaveLength(1)
    await pass(400)
    expect(world.host.done).toHaveLength(2)
    world.host.broken.clear()
    await pass(1_500)
    expect(world.host.done).toHaveLength(2)
    await pass(1_000)
    expect(world.host.done).toHaveLength(3)
    expect(last(world).failures.size).toBe(0)
  })

  test('a failed one that has to wait for another is not asked for again and again', async () => {
    const world = bench([tunnel, peer])
    world.host.broken.set(peer.id, 'busy')
    await settle(world)
    world.host.there.delete(tunnel.id)
    world.host.broken.set(tunnel.id, 'gone')
    await pass(4_500)
    const before = world.passes.length
    await pass(2_000)
    expect(world.passes.length - before).toBeLessThanOrEqual(2)
  })

  test.each([
    ['workload', ['image/alpine', 'workload/one/r1'], workloadId('one' as LabName, 'r1' as NodeName)],
    ['wg-interface', [tunnel.id, peer.id], tunnel.id],
  ] as const)('a tool that does not answer (%s) tears nothing down and makes nothing twice', async (kind, kept, id) => {
    const world = bench([image('alpine'), workload('r1'), tunnel, peer])
    await settle(world)
    world.host.blind.add(kind)
    world.host.done.length = 0
    await settle(world)
    expect(world.host.done).toEqual([])
    expect([...world.host.there.keys()]).toEqual(expect.arrayContaining([...kept]))
    expect(last(world).failures.get(id)).toBe(`the ${kind} tool does not answer`)
    world.wanted = []
    await settle(world)
    expect(world.host.there.has(id as ResourceId)).toBe(true)
    world.host.blind.clear()
    await settle(world)
    expect([...world.host.there.keys()]).toEqual(['image/alpine'])
  })

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

  test('a change that never holds is made five times in a row, then later and later, and says so', async () => {
    const world = bench([tunnel], { drivers: toyHost().drivers })
    await settle(world)
    await pass(500)
    expect(world.host.done).toHaveLength(5)
    expect(last(world).failures.get(tunnel.id)).toContain('again and again')
    await pass(1_000)
    expect(world.host.done).toHaveLength(6)
    await pass(2_000)
    expect(world.host.done).toHaveLength(7)
    await world.reconciler.stop()
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

  test('one that always fails does not spoil those it shares a step with', async () => {
    const host = toyHost()
    const drivers = host.drivers.map((driver) => ({ ...driver, steps: inOneStep(driver) }))
    const world = bench([image('alpine'), image('bad'), image('frr')], { drivers, exec: host.exec })
    host.broken.set(imageId('alpine'), 'no')
    await settle(world)
    expect(host.there.size).toBe(0)
    await pass(1_100)
    expect([...host.there.keys()]).toEqual(['image/bad', 'image/frr'])
  })

  test('what failed is tried at once when what it stands on is another', async () => {
    const node = (node: string): Workload => ({ ...workload('r1'), needs: [imageId('alpine')], containerName: node })
    const world = bench([image('alpine'), workload('r1')])
    world.host.broken.set(workload('r1').id, 'no')
    await settle(world)
    await pass(8_000)
    const tries = world.host.done.length
    await settle(world)
    expect(world.host.done, 'not due yet').toHaveLength(tries)
    world.wanted = [image('alpine'), node('other')]
    await settle(world)
    expect(world.host.done).toHaveLength(tries + 1)
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
