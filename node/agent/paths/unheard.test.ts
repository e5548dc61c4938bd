import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { pass, until, useVirtualTime } from '#testing/virtual-time.ts'

const labs = [
  labSample({ name: 'cut', nodes: { r1: { host: 'a' }, r2: { host: 'b' } }, links: [['r1:eth1', 'r2:eth1']] }),
  labSample({ name: 'whole', nodes: { r1: { host: 'a' }, r3: { host: 'c' } }, links: [['r1:eth1', 'r3:eth1']] }),
]

useVirtualTime()
let mesh: AgentMesh
beforeEach(async () => {
  mesh = await createAgentMesh({ sweepMs: 3_600_000 })
})
afterEach(() => mesh[Symbol.asyncDispose]())

const link = (host: AgentHost, lab: string) => host.agent.lab(lab).links[0]

test('a link between two hosts that do not hear each other is not up, although both are alive and all is set as it should be', async () => {
  const a = mesh.first
  const [b, c] = [await mesh.join('b'), await mesh.join('c')]
  for (const lab of labs) await a.agent.submit(lab, new Map())
  await until('both up', () => ['cut', 'whole'].every((lab) => link(c, lab)?.state === 'up'))
  await pass(5_000)
  mesh.network.cut(a.who.id, b.who.id)
  await until('it is told', () => link(c, 'cut')?.state === 'error', 8_000)
  expect(link(c, 'cut')?.error).toMatch(
    /^tunnel of \S+ on [ab]: WireGuard peer [ab]: nothing comes from it to this host, though others hear it$/,
  )
  expect(link(c, 'cut')).not.toHaveProperty('doing')
  expect(link(c, 'whole')?.state).toBe('up')
  expect(c.agent.hosts().every(({ state }) => state === 'alive')).toBe(true)
  mesh.network.heal()
  await until('it is up again', () => link(c, 'cut')?.state === 'up', 40_000)
})

test('a link is not up where its hosts hear each other and nothing passes WireGuard between them', async () => {
  const a = mesh.first
  const [b, c] = [await mesh.join('b'), await mesh.join('c')]
  for (const lab of labs) await a.agent.submit(lab, new Map())
  await until('both up', () => ['cut', 'whole'].every((lab) => link(c, lab)?.state === 'up'))
  await pass(10_000)
  expect(link(c, 'cut')?.state).toBe('up')
  mesh.cutTunnel(a, b)
  await until('it is told', () => link(c, 'cut')?.state === 'error', 8_000)
  expect(link(c, 'cut')?.error).toMatch(/: WireGuard peer [ab]: nothing comes back through the tunnel, though/)
  expect(link(c, 'whole')?.state).toBe('up')
  mesh.healTunnels()
  await until('it is up again', () => link(c, 'cut')?.state === 'up', 4_000)
})

test('an agent that is not there says nothing of the tunnel to its host', async () => {
  const a = mesh.first
  const [b, c] = [await mesh.join('b'), await mesh.join('c')]
  for (const lab of labs) await a.agent.submit(lab, new Map())
  await until('up', () => link(c, 'cut')?.state === 'up')
  const errors = new Set<string | undefined>()
  await mesh.stop(b)
  for (let second = 0; second < 10; second += 1) {
    await pass(1_000)
    errors.add(link(c, 'cut')?.error)
  }
  expect([...errors].join()).not.toContain('tunnel, though')
})
