import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ResourceId } from '#core/model/ids.ts'
import type { Resource } from '#core/model/resource.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { outcome, pass, until, useVirtualTime } from '#testing/virtual-time.ts'

const pair = labSample({
  name: 'one',
  nodes: { r1: { host: 'a' }, r2: { host: 'b' } },
  links: [['r1:eth1', 'r2:eth1']],
})

describe('a damaged link', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
    b = await mesh.join('b')
    await a.agent.submit(pair, new Map())
    await until('the lab up', () => [a, b].every((host) => host.agent.lab('one').state === 'up'))
  })
  afterEach(async () => {
    expect([...a.fatal, ...b.fatal]).toEqual([])
    await mesh[Symbol.asyncDispose]()
  })

  const link = (host: AgentHost) => host.agent.lab('one').links[0]
  const find = (host: AgentHost, kind: Resource['kind']): ResourceId => {
    const found = [...host.toy.there.values()].find((one) => one.kind === kind && !/\/_mgmt\/|:eth0$/.test(one.id))
    if (found === undefined) throw new Error(`no ${kind}`)
    return found.id
  }
  /** Takes something of `b` away, until mending it has failed `times` times. */
  const harm = async (id: ResourceId, times: number): Promise<void> => {
    b.toy.done.length = 0
    b.toy.broken.set(id, 'no room')
    b.toy.there.delete(id)
    await b.agent.reconcileLab('one')
    await until('it failed', () => b.toy.done.filter((line) => line === `create ${id}`).length >= times, 120_000)
  }

  test('says on the other host what is wrong, where, and that it is tried again', async () => {
    const port = [...b.toy.there.values()].find((it) => it.kind === 'port' && it.owner === 'one/r2:eth1')
    await harm(port?.id ?? ('' as ResourceId), 2)
    await pass(1_000)
    expect(link(a)).toMatchObject({
      state: 'error',
      error: expect.stringMatching(/^r2:eth1 on b: bridge port \S+: missing$/),
      doing: expect.stringMatching(/^tried again after \d+ s: .*no room$/),
    })
    expect(a.agent.lab('one').state).toBe('degraded')
  })

  test('of a tunnel names the WireGuard peer by its host', async () => {
    await harm(find(b, 'wg-peer'), 1)
    await pass(1_000)
    expect(link(a)?.error).toMatch(/^tunnel of \S+ on b: WireGuard peer a: missing$/)
  })

  test('is mended at once where a host is asked to reconcile, however long it would have waited; the answer says how', async () => {
    const id = find(b, 'vtep')
    await harm(id, 4)
    const still = await outcome(a.agent.reconcileLab('one'))
    expect(still).toMatchObject({
      hosts: [
        { host: 'a', done: [], wrong: [] },
        {
          host: 'b',
          done: [{ op: 'create', reason: 'missing', ok: false, message: expect.stringContaining('no room') }],
          wrong: [
            {
              what: expect.stringMatching(/^tunnel device/),
              reason: 'missing',
              error: expect.stringContaining('no room'),
            },
            { what: expect.stringMatching(/^bridge port/), reason: expect.any(String), error: null },
          ],
        },
      ],
    })
    b.toy.broken.clear()
    expect(await outcome(a.agent.reconcileLab('one'))).toMatchObject({
      lab: 'one',
      hosts: [
        { host: 'a' },
        { host: 'b', done: expect.arrayContaining([expect.objectContaining({ ok: true })]), wrong: [] },
      ],
    })
    await until('the link up', () => link(a)?.state === 'up', 2_000)
  })

  test('a host that cannot be asked is named', async () => {
    await mesh.stop(b)
    expect(await outcome(a.agent.reconcileLab('one'))).toMatchObject({
      hosts: [{ host: 'a' }, { host: 'b', unreachable: expect.stringMatching(/^b is not connected/) }],
    })
    expect(await outcome(a.agent.reconcileLab('none'))).toMatchObject({ code: 'NOT_FOUND' })
  })
})
