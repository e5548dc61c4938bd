import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LabIntent } from '#core/model/lab.ts'
import { lxdImageId } from '#core/model/resource-ids.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { lxdImageSample } from '#testing/samples.ts'
import { pass, until, useVirtualTime } from '#testing/virtual-time.ts'

const none: ReadonlyMap<string, Uint8Array> = new Map()
const origin = { topology: 'name: one\n', fileName: 'one.clab.yml' }
const lab = (host?: string): LabIntent => {
  const bare = labSample({ name: 'one', nodes: { x1: host === undefined ? {} : { host } } })
  return { ...bare, nodes: bare.nodes.map((node) => ({ ...node, kind: 'lxd', image: 'bb' })) }
}

describe('labs with LXD nodes', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  beforeEach(async () => {
    mesh = await createAgentMesh({ sweepMs: 500 })
    a = mesh.first
    b = await mesh.join('b')
  })
  afterEach(() => mesh[Symbol.asyncDispose]())

  test('are refused where no host has LXD, with the hosts that lack it; one that gets it is used', async () => {
    await expect(a.agent.submit(lab(), none, origin)).rejects.toMatchObject({
      code: 'PLACEMENT_IMPOSSIBLE',
      message: 'x1 needs lxd; hosts a, b lack it.',
    })
    b.capabilities.push('lxd')
    b.toy.there.set(lxdImageId('bb'), { kind: 'image', provider: 'lxd', id: lxdImageId('bb'), needs: [], name: 'bb' })
    await until('a heard of it', () =>
      a.agent.hosts().some(({ capabilities }) => capabilities?.includes('lxd') === true),
    )
    await expect(a.agent.submit(lab('a'), none, origin)).rejects.toMatchObject({
      message: 'x1 is pinned to host a and needs lxd; host a lacks it.',
    })
    await pass(5_000)
    expect((await a.agent.plan(lab())).nodes).toMatchObject([{ name: 'x1', host: 'b' }])
  })

  test('get their image from another host that has it, the same on all', async () => {
    for (const host of [a, b]) host.capabilities.push('lxd')
    await until('all told', () => a.agent.hosts().every(({ capabilities }) => capabilities?.includes('lxd') === true))
    const digest = `sha256:${'d'.repeat(64)}`
    for (const name of ['bb', digest]) b.toy.there.set(lxdImageId(name), lxdImageSample(name, digest))
    await pass(2_000)
    expect((await a.agent.submit(lab('a'), none, origin)).notes).toContain('LXD image bb comes to a from b')
    await until('the image', () => a.toy.done.includes(`create lxd-image/${digest}`))
    await pass(2_000)
    expect(await b.agent.images()).toEqual([
      { lab: 'one', image: 'LXD image bb', id: digest, hosts: ['a', 'b'], others: [] },
    ])
    const never = {
      ...lab('a'),
      nodes: lab('a').nodes.map((node) => ({ ...node, image: 'cc', pull: 'never' as const })),
    }
    await expect(a.agent.submit(never, none, origin)).rejects.toMatchObject({
      details: { reasons: ['LXD image cc (x1) is not on a and cannot be fetched there'] },
    })
  })

  test('are refused where LXD lacks the image, whatever an engine has', async () => {
    for (const host of [a, b]) host.capabilities.push('lxd')
    await until('all told', () => a.agent.hosts().every(({ capabilities }) => capabilities?.includes('lxd') === true))
    a.fetchable = b.fetchable = ['bb']
    await expect(a.agent.submit(lab('a'), none, origin)).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      details: { reasons: ['LXD image bb (x1) is not on a and cannot be fetched there'] },
    })
  })
})
