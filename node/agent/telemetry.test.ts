import { expect, onTestFinished, test } from 'vitest'
import { createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { until, useVirtualTime } from '#testing/virtual-time.ts'

useVirtualTime()

test('an agent tells how it does: its log, its peers, its pools, its host', async () => {
  const mesh = await createAgentMesh()
  onTestFinished(() => mesh[Symbol.asyncDispose]())
  const { agent } = mesh.first
  const b = await mesh.join('b')
  const ends = [['r1:eth1', 'r2:eth1']] as const
  await agent.submit(
    labSample({ name: 'one', nodes: { r1: { host: 'a' }, r2: { host: 'b' } }, links: ends }),
    new Map(),
  )
  await until('the lab up', () => agent.labs()[0]?.state === 'up')
  const { log, connections, pools, host } = agent.telemetry()
  expect(log).toMatchObject({ role: 'leader', term: agent.leader().term })
  expect(log?.commitIndex).toBeGreaterThan(0)
  expect(connections).toBe(1)
  expect(pools.find(({ pool }) => pool === 'vni')?.held).toBeGreaterThan(0)
  expect(pools.filter(({ pool }) => pool === 'vlan').map(({ host: of }) => of)).toContain('b')
  expect(host.wanted).toBeGreaterThan(0)
  expect(Object.values(host.troubles).every((count) => count === 0)).toBe(true)
  await mesh.stop(b)
  await until('b is no longer connected', () => agent.telemetry().connections === 0)
  expect([...agent.telemetry().roundTripsMs.keys()]).toEqual([])
})
