import { describe, expect, test } from 'vitest'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Op, Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import { applySteps } from '#testing/driver-contract.ts'
import { createLxdDriver } from './driver.ts'
import { FakeLxd } from './fake.ts'
import { createLxdSnapshots } from './snapshots.ts'

const SOCKET = '/run/fake/lxd.socket'
const driver = createLxdDriver({ socket: SOCKET, isInstalled: () => true, ipv6: true })
const LAB = 'one' as LabName

const workload = (node: string): Workload => ({
  kind: 'workload',
  provider: 'lxd',
  id: workloadId(LAB, node as NodeName),
  needs: [],
  lab: LAB,
  node: node as NodeName,
  containerName: `one-${node}`,
  spec: { image: 'bb', hostname: node, env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
  specHash: 'h1',
  state: 'running',
})

const world = async () => {
  const lxd = new FakeLxd(SOCKET)
  lxd.load('bb')
  const ops = ['a', 'b'].map((node): Op<Workload> => ({ type: 'create', to: workload(node), reason: 'test' }))
  await applySteps(driver, lxd.exec, ops)
  const seen = await driver.observe(lxd.exec, [])
  const [a, b] = seen
  const instance = lxd.instances.get('one-a')
  if (a === undefined || b === undefined || instance === undefined) throw new Error('not made')
  return { lxd, a, b, seen, instance, snapshots: createLxdSnapshots(lxd.exec, SOCKET) }
}

describe('snapshots of LXD instances', () => {
  test('what was kept is put back, and the instance runs with it', async () => {
    const { a, seen, instance, snapshots } = await world()
    instance.content.set('', 'good')
    await snapshots.take(a, 's1')
    instance.content.set('', 'broken')
    await snapshots.restore(a, 's1')
    expect([instance.content.get(''), instance.status]).toEqual(['good', 'Running'])
    expect(await snapshots.list(LAB, seen)).toEqual([
      { node: 'a', name: 's1', createdMs: Date.UTC(2026, 0, 1), sizeBytes: 1000 },
    ])
  })

  test('what the instance is to be stays what it was asked to be since', async () => {
    const { a, instance, snapshots } = await world()
    await snapshots.take(a, 's1')
    instance.config['user.skein.spec'] = 'h2'
    instance.config['volatile.uuid'] = 'kept by LXD'
    await snapshots.restore(a, 's1')
    expect(instance.config['user.skein.spec']).toBe('h2')
    expect(instance.config).not.toHaveProperty('volatile.uuid')
  })

  test('one that is not there is NOT_FOUND; removing it twice is harmless', async () => {
    const { a, seen, snapshots } = await world()
    await expect(snapshots.restore(a, 's1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await snapshots.take(a, 's1')
    const of = { lab: a.lab, node: a.node, workload: a }
    await snapshots.remove(of, 's1')
    await snapshots.remove(of, 's1')
    await snapshots.remove({ ...of, workload: undefined }, 's1')
    expect(await snapshots.list(LAB, seen)).toEqual([])
  })

  test('an instance that became somebody else’s is left alone', async () => {
    const { a, instance, snapshots } = await world()
    instance.config['user.skein.of'] = 'other/a'
    await expect(snapshots.take(a, 's1')).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: 'LXD instance one-a is not of node a of lab one',
    })
    await expect(snapshots.restore(a, 's1')).rejects.toThrow(/is not of node a/)
    expect(instance.snapshots).toEqual([])
  })
})
