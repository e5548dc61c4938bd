import { describe, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import type { Exec } from '#platform/exec.ts'
import { FakeLxd } from './fake.ts'
import { restartInstance } from './restart.ts'

const SOCKET = '/run/fake/lxd.socket'
const workload: Workload = {
  kind: 'workload',
  provider: 'lxd',
  id: workloadId('one' as LabName, 'a' as NodeName),
  needs: [],
  lab: 'one' as LabName,
  node: 'a' as NodeName,
  containerName: 'one-a',
  spec: { image: 'bb', hostname: 'a', env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
  specHash: 'h1',
  state: 'running',
}

const world = (owner = 'one/a') => {
  const lxd = new FakeLxd(SOCKET)
  const instance = lxd.add('one-a', { 'user.skein': 'workload', 'user.skein.of': owner })
  lxd.start(instance)
  const asked = () =>
    lxd.log.flatMap(({ method, body }) => (method === 'PUT' ? [body as { action: string; force?: boolean }] : []))
  return { lxd, instance, asked }
}

describe('restarts of LXD instances', () => {
  test('it is asked to end, then started anew', async () => {
    const { lxd, instance, asked } = world()
    const before = instance.pid
    await restartInstance(lxd.exec, SOCKET, workload)
    expect(instance.status).toBe('Running')
    expect(instance.pid).not.toBe(before)
    expect(asked().map(({ action, force = false }) => [action, force])).toEqual([
      ['stop', false],
      ['stop', true],
      ['start', false],
    ])
  })

  test('one that does not end by itself is ended', async () => {
    const { lxd, instance } = world()
    const before = instance.pid
    const deaf: Exec = {
      run: async (command) => {
        const body =
          'socket' in command ? (command.body as { action?: string; force?: boolean } | undefined) : undefined
        if (body?.action === 'stop' && body.force !== true) throw new MeshError('TOOL_FAILED', 'shutdown timed out')
        return lxd.exec.run(command)
      },
    }
    await restartInstance(deaf, SOCKET, workload)
    expect([instance.status, instance.pid === before]).toEqual(['Running', false])
  })

  test('of somebody else it is left alone', async () => {
    const { lxd, instance } = world('other/a')
    const before = instance.pid
    await expect(restartInstance(lxd.exec, SOCKET, workload)).rejects.toMatchObject({ code: 'TOOL_FAILED' })
    expect(instance.pid).toBe(before)
  })
})
