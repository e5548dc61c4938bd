import { describe, expect, test } from 'vitest'
import type { LabName, NodeName, ResourceId } from '#core/model/ids.ts'
import { subject, type Workload } from '#core/model/resource.ts'
import { imageId, workloadId } from '#core/model/resource-ids.ts'
import { bench, image, inOneStep, last, peer, settle, tunnel, workload } from '#testing/reconciler-bench.ts'
import { toyHost } from '#testing/toy-host.ts'
import { pass, useVirtualTime } from '#testing/virtual-time.ts'
import type { Outcome } from './reconciler.ts'

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

  test('tells of each op once, and why one failed', async () => {
    const told: Outcome[] = []
    const world = bench([image('alpine'), tunnel], { onOp: (outcome) => told.push(outcome) })
    world.host.broken.set(tunnel.id, 'busy')
    await settle(world)
    expect(told.map(({ op, ok, message }) => [op.type, 'to' in op && op.to.id, ok, message])).toEqual([
      ['create', imageId('alpine'), true, null],
      ['create', tunnel.id, false, expect.stringContaining('busy')],
    ])
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

  test('says of all that is not as wanted what is being done', async () => {
    const world = bench([image('alpine'), workload('r1'), tunnel, peer], { may: (op) => subject(op).id !== peer.id })
    world.host.broken.set(imageId('alpine'), 'no such image')
    await settle(world)
    expect([...last(world).troubles.values()]).toEqual([
      { reason: 'missing', doing: { type: 'held' } },
      {
        reason: 'missing',
        doing: { type: 'again', afterMs: 1_000, error: expect.stringContaining('no such image') },
      },
      { reason: 'missing', doing: { type: 'waits', for: [imageId('alpine')] } },
    ])
    world.host.blind.add('wg-interface')
    await settle(world)
    expect(last(world).troubles.get(tunnel.id)).toMatchObject({ doing: { type: 'blind' } })
  })

  test('asked to hurry, it tries at once what failed, and says what was done and what is still wrong', async () => {
    const world = bench([image('alpine'), workload('r1'), tunnel])
    world.host.broken.set(imageId('alpine'), 'no such image').set(tunnel.id, 'busy')
    await settle(world)
    await pass(3_100)
    world.host.broken.delete(imageId('alpine'))
    world.host.done.length = 0
    const hurried = world.reconciler.hurry(({ kind }) => kind !== 'wg-interface', 5_000)
    await pass(50)
    const { done, pass: found } = await hurried
    expect(done.map(({ op, ok }) => [subject(op).id, ok])).toEqual([
      [imageId('alpine'), true],
      [workload('r1').id, true],
    ])
    expect(world.host.done).toEqual(['create image/alpine', 'create workload/one/r1'])
    expect([...found.troubles.keys()]).toEqual([tunnel.id])
  })

  test('asked to hurry, it waits no longer than told for what is slow', async () => {
    const world = bench([tunnel], { prepare: () => new Promise(() => {}) })
    const hurried = world.reconciler.hurry(() => true, 2_000)
    await pass(2_100)
    expect((await hurried).done).toEqual([])
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
})
