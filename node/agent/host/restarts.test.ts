import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LabName, NodeName } from '#core/model/ids.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { pass, until, useVirtualTime } from '#testing/virtual-time.ts'

const R2 = workloadId('one' as LabName, 'r2' as NodeName)

describe('restarts of lab nodes', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
    b = await mesh.join('b')
    const nodes = { r1: { host: 'a' }, r2: { host: 'b' } }
    await a.agent.submit(labSample({ name: 'one', nodes, links: [['r1:eth1', 'r2:eth1']] }), new Map())
    await until('the lab up', () => [a, b].every(({ agent }) => agent.labs()[0]?.state === 'up'))
    await pass(1_000)
    b.toy.done.length = 0
  })
  afterEach(async () => {
    expect([...a.fatal, ...b.fatal]).toEqual([])
    await mesh[Symbol.asyncDispose]()
  })

  test('of one on another host: it runs anew there, and its link is plugged in again', async () => {
    expect(await a.agent.restartNode('one', 'r2')).toEqual({ lab: 'one', node: 'r2', host: 'b' })
    expect(b.toy.done[0]).toBe(`restart ${R2}`)
    expect(b.toy.done).not.toContain(`create ${R2}`)
    expect([...b.toy.there.values()].some((one) => one.kind === 'nic' && one.workload === R2)).toBe(true)
    await until('the lab up', () => a.agent.lab('one').state === 'up')
  })

  test('say what went wrong, and of what is not there', async () => {
    b.toy.broken.set(R2, 'no space left')
    await expect(a.agent.restartNode('one', 'r2')).rejects.toThrow('no space left')
    await expect(a.agent.restartNode('one', 'r3')).rejects.toMatchObject({ code: 'NOT_FOUND', message: /r1, r2/ })
    await expect(a.agent.restartNode('two', 'r1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('one at a time', async () => {
    const both = [b.agent.restartNode('one', 'r2'), b.agent.restartNode('one', 'r2')]
    const [first, second] = await Promise.allSettled(both)
    expect(first).toMatchObject({ status: 'fulfilled' })
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'BUSY' } })
  })
})
