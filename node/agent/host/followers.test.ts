import { describe, expect, test } from 'vitest'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Nic, Port } from '#core/model/resource.ts'
import { bridgeId, portId, workloadId } from '#core/model/resource-ids.ts'
import { plan } from '#core/plan/plan.ts'
import type { Exec } from '#platform/exec.ts'
import { nic, port as samplePort } from '#testing/network-samples.ts'
import { bench, image, last, settle, workload } from '#testing/reconciler-bench.ts'
import { toyHost } from '#testing/toy-host.ts'
import { pass, useVirtualTime } from '#testing/virtual-time.ts'
import { followersOf } from './followers.ts'

const on = (node: string): Nic => {
  const of = workloadId('one' as LabName, node as NodeName)
  return { ...nic({ node, interface: 'eth1', pid: 1, ordinal: 1 }), lab: 'one' as LabName, workload: of, needs: [of] }
}
const portOf = (device: Nic, also: Port['needs'] = []): Port => ({
  ...samplePort(device.hostName, 5),
  owner: device.endpoint,
  needs: [device.id, ...also],
})
const [r1, r2] = [on('r1'), on('r2')]
const nodes = [image('alpine'), workload('r1'), workload('r2')]
const links = [r1, r2, portOf(r1), portOf(r2)]

/** A host where nothing is done to the interface of r1 before the gate is opened. */
const slow = () => {
  const gate = Promise.withResolvers<void>()
  const host = toyHost()
  const exec: Exec = {
    run: async (command) => {
      if ('args' in command && command.args[1] === r1.id) await gate.promise
      return host.exec.run(command)
    },
  }
  return { world: bench([...nodes, ...links], { drivers: host.drivers, exec }), host, gate }
}

describe('what follows', () => {
  test('are ports, and only where all they wait for is being made', () => {
    const bridge = bridgeId('skein0')
    const wanted = [r1, r2, portOf(r1, [bridge]), portOf(r2)].map((one) => ({
      ...one,
      needs: one.kind === 'nic' ? [] : one.needs,
    }))
    const todo = plan(wanted, [])
    expect(followersOf(todo, todo.ready).map(({ op, after }) => [op.to.id, after])).toEqual([
      [portId(r2.hostName), [r2.id]],
    ])
    expect(followersOf(todo, [])).toEqual([])
    const chained = plan(nodes, [])
    expect(followersOf(chained, chained.ready)).toEqual([])
  })
})

describe('ports', () => {
  useVirtualTime()

  test('are made right after their devices, with no look between, and are seen by the next', async () => {
    const world = bench([...nodes, ...links])
    await settle(world)
    const at = (id: string): number => world.passes.findIndex(({ seen }) => seen.some((one) => one.id === id))
    expect(at(portId(r1.hostName))).toBe(at(r1.id))
    expect(world.host.done.slice(-4)).toEqual([
      `create ${r1.id}`,
      `create ${r2.id}`,
      `create ${portId(r1.hostName)}`,
      `create ${portId(r2.hostName)}`,
    ])
    expect(last(world).troubles.size).toBe(0)
  })

  test('of a device that cannot be made are not begun, others are', async () => {
    const world = bench([...nodes, ...links])
    world.host.broken.set(r1.id, 'no such process')
    await settle(world)
    expect(world.host.done).toContain(`create ${portId(r2.hostName)}`)
    expect(world.host.done).not.toContain(`create ${portId(r1.hostName)}`)
  })

  test('that nobody wants any more are not begun', async () => {
    const { world, host, gate } = slow()
    world.reconciler.trigger()
    await pass(200)
    world.wanted = nodes
    world.reconciler.trigger()
    await pass(1_500)
    gate.resolve()
    await pass(200)
    expect(host.done).toContain(`create ${r1.id}`)
    expect(host.done.filter((done) => done.startsWith('create port'))).toEqual([])
    expect([...host.there.keys()].toSorted()).toEqual(nodes.map(({ id }) => id).toSorted())
  })

  test('that a look found on the way are not made twice', async () => {
    const { world, host, gate } = slow()
    world.reconciler.trigger()
    await pass(3_500)
    expect(host.done).toContain(`create ${portId(r2.hostName)}`)
    gate.resolve()
    await pass(200)
    expect(host.done.filter((done) => done === `create ${portId(r2.hostName)}`)).toHaveLength(1)
    expect(host.done.filter((done) => done === `create ${portId(r1.hostName)}`)).toHaveLength(1)
  })
})
