import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { outcome, useVirtualTime } from '#testing/virtual-time.ts'

describe('numbers asked of an agent', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
  })
  afterEach(() => mesh[Symbol.asyncDispose]())

  test('are the lowest, the same when asked for again, and gone from the list when freed', async () => {
    const first = await outcome(a.agent.reserve({ pool: 'vni', owner: 'x', count: 2 }))
    expect(first).toEqual({ pool: 'vni', owner: 'x', values: [4096, 4097] })
    expect(await outcome(a.agent.reserve({ pool: 'vni', owner: 'x', count: 2 }))).toEqual(first)
    const port = await outcome(a.agent.reserve({ pool: 'port', host: 'a', owner: 'x', ttlMs: 60_000 }))
    expect(port).toEqual({ pool: 'port', host: 'a', owner: 'x', values: [20_000] })
    const mgmt = await outcome(a.agent.reserve({ pool: 'mgmt', owner: 'y' }))
    expect(mgmt).toMatchObject({ values: ['172.20.20.2'] })
    const mine = (await a.agent.allocations()).filter(({ owner }) => owner === 'user/x')
    expect(mine).toMatchObject([{ pool: 'port', host: 'a', value: 20_000 }, { value: 4096 }, { value: 4097 }])
    expect(mine[0]?.untilMs).toBe((mine[0]?.sinceMs ?? 0) + 60_000)
    expect(await outcome(a.agent.free('x'))).toBe(3)
    expect((await a.agent.allocations()).filter(({ owner }) => owner === 'user/x')).toEqual([])
  })

  test('are refused where the host is unknown or none is named, with what was meant', async () => {
    const reserve = (pool: 'vni' | 'port', host?: string) =>
      outcome(a.agent.reserve({ pool, owner: 'x', ...(host === undefined ? {} : { host }) }))
    expect(await reserve('port', 'b')).toMatchObject({
      code: 'NOT_FOUND',
      message: 'no host of this mesh is called b. Did you mean `a`?',
    })
    expect(await reserve('port')).toMatchObject({ code: 'BAD_INPUT' })
    expect(await reserve('vni', 'a')).toMatchObject({ code: 'BAD_INPUT' })
  })

  test('are of core hosts only: a worker says where to ask', async () => {
    const b = await mesh.join('b', { role: 'worker' })
    const refusal = { code: 'NOT_CORE', message: expect.stringContaining('run it on a') }
    expect(await outcome(b.agent.reserve({ pool: 'vni', owner: 'x' }))).toMatchObject(refusal)
    expect(await outcome(b.agent.free('x'))).toMatchObject(refusal)
  })
})
