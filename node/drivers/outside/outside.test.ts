import { describe, expect, test } from 'vitest'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { ExtContainer } from '#core/model/resource.ts'
import type { Outside } from '#core/plan/outside.ts'
import { applySteps } from '#testing/driver-contract.ts'
import { type FakeOutcome, fakeExec } from '../fake-exec.ts'
import { createOutsideDriver } from './driver.ts'

const SOCKET = '/run/docker.sock'
const asked: Outside = {
  containers: [{ lab: 'lab' as LabName, node: 'out' as NodeName, containerName: 'web' }],
  bridges: ['br0', 'sw0', 'none0'],
}

const host = (container: FakeOutcome) => {
  const links = [{ ifindex: 3, ifname: 'br0', flags: ['UP'], mtu: 1500 }]
  return fakeExec(
    {
      ip: (args) => ({
        stdout: args.join(' ') === '-j link show type bridge' ? JSON.stringify(links) : 'ip utility, 6.1',
      }),
      'ovs-vsctl': () => ({ stdout: 'skein0\nsw0\n' }),
    },
    { [SOCKET]: () => container },
  )
}
const running = { code: 200, stdout: JSON.stringify({ State: { Running: true, Pid: 77 } }) }
const stopped = { code: 200, stdout: JSON.stringify({ State: { Running: false, Pid: 0 } }) }
const gone = { code: 404, stdout: '{"message":"No such container: web"}' }

describe('what is not ours', () => {
  const driver = createOutsideDriver({ socket: SOCKET, asked: () => asked })

  test('containers that run and bridges that are there are seen, of those that are asked for', async () => {
    expect(await driver.observe(host(running), [])).toEqual([
      {
        kind: 'ext-container',
        id: 'ext-container/lab/out',
        needs: [],
        lab: 'lab',
        node: 'out',
        containerName: 'web',
        pid: 77,
      },
      { kind: 'host-bridge', id: 'host-bridge/br0', needs: [], name: 'br0', type: 'linux' },
      { kind: 'host-bridge', id: 'host-bridge/sw0', needs: [], name: 'sw0', type: 'ovs' },
    ])
    expect((await driver.observe(host(stopped), [])).map(({ kind }) => kind)).not.toContain('ext-container')
  })

  test('nothing is asked of a host on which no lab asks for anything', async () => {
    const exec = host(running)
    const idle = createOutsideDriver({ socket: SOCKET, asked: () => ({ containers: [], bridges: [] }) })
    expect(await idle.observe(exec, [])).toEqual([])
    expect(exec.log).toEqual([])
  })

  const wanted: ExtContainer = {
    ...{ kind: 'ext-container', id: 'ext-container/lab/out' as ExtContainer['id'], needs: [] },
    ...{ lab: 'lab' as LabName, node: 'out' as NodeName, containerName: 'web' },
  }
  test.each([
    ['is not there', gone, /no container web on this host/],
    ['does not run', stopped, /container web does not run/],
  ])('a container that %s is told, never started', async (_what, answer, message) => {
    const exec = host(answer)
    const making = applySteps(driver, exec, [{ type: 'create', to: wanted, reason: 'missing' }])
    await expect(making).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringMatching(message) })
    expect(exec.log).toMatchObject([{ method: 'GET' }])
    expect(driver.steps([{ type: 'delete', from: wanted, reason: 'no longer wanted' }])).toEqual([])
  })
})
