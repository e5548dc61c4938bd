import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { outcome, pass, until, useVirtualTime } from '#testing/virtual-time.ts'

const LAB = labSample({
  name: 'one',
  nodes: { r1: { host: 'a' }, r2: { host: 'b' } },
  links: [['r1:eth1', 'r2:eth1']],
})

describe('tests between lab nodes', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
    b = await mesh.join('b')
    await outcome(b.agent.submit(LAB, new Map()))
    await until('the lab up', () => [a, b].every(({ agent }) => agent.labs()[0]?.state === 'up'))
    // Until both have heard which commands the other understands.
    await pass(5_000)
  })
  afterEach(async () => {
    expect([...a.fatal, ...b.fatal]).toEqual([])
    expect(await outcome(Promise.resolve(mesh[Symbol.asyncDispose]()))).toBeUndefined()
  })

  const measured = async (source: string, destination: string) => {
    const made = await outcome(
      a.agent.iperf.create({ shape: 'pairs', pairs: [[source, destination]], params: { timeS: 2 }, start: true }),
    )
    if (made instanceof Error) throw made
    const { id } = made as { readonly id: number }
    await until(
      'its end',
      () => b.agent.iperf.list()[0]?.state === 'ended' && a.agent.iperf.list()[0]?.state === 'ended',
    )
    return a.agent.iperf.exercise(id).all[0]
  }
  const pidOf = (host: AgentHost): number | undefined =>
    [...host.toy.there.values()].flatMap((one) => (one.kind === 'workload' ? [one.pid] : []))[0]

  test('run in the network of each node, at the address of the link they share', async () => {
    expect(await measured('one/r1', 'one/r2')).toMatchObject({ state: 'succeeded', source: 'one/r1' })
    expect(pidOf(a)).toBeDefined()
    expect(a.iperf.runs).toMatchObject([{ role: 'client', pid: pidOf(a), address: '192.0.2.1' }])
    expect(b.iperf.runs).toMatchObject([{ role: 'server', pid: pidOf(b) }])
  })

  test('that do not run fail, and say so', async () => {
    for (const [id, one] of b.toy.there) if (one.kind === 'workload') b.toy.there.set(id, { ...one, state: 'exited' })
    b.toy.broken.set('workload/one/r2' as never, 'no space')
    await until('seen', () => b.agent.lab('one').state !== 'up')
    expect(await measured('one/r1', 'one/r2')).toMatchObject({ state: 'failed', error: 'one/r2 does not run' })
  })
})
