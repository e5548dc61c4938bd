import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LabIntent, LabNode } from '#core/model/lab.ts'
import type { Software } from '#core/model/software.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { until, useVirtualTime } from '#testing/virtual-time.ts'

const software: Software = {
  kind: 'ceos',
  config: { path: '/mnt/flash/startup-config' },
  save: ['Cli', 'write'],
  get: ['cat', '/mnt/flash/startup-config'],
}
const lab = (hosts: Readonly<Record<string, string>>, image = 'alpine'): LabIntent => {
  const bare = labSample({
    name: 'one',
    nodes: Object.fromEntries(Object.entries(hosts).map(([node, host]) => [node, { host }])),
  })
  return {
    ...bare,
    nodes: bare.nodes.map((node): LabNode => (node.name === 'pc' ? node : { ...node, image, software })),
  }
}

describe('saved configurations', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  const up = async (intent: LabIntent) => {
    const { generation } = await a.agent.submit(intent, new Map())
    await until('up', () => {
      const view = a.agent.lab('one')
      return view.state === 'up' && view.generation === generation
    })
  }
  const startOf = (host: AgentHost, node: string) =>
    readFile(join(host.labFolder, 'one', 'start', `${node}.tar`), 'utf8')
  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
    b = await mesh.join('b')
    for (const host of [a, b])
      host.answers.push((argv) =>
        argv[0] === 'cat' ? { exitCode: 0, stdout: `hostname of ${host.who.name}\n`, stderr: '' } : undefined,
      )
  })
  afterEach(async () => {
    expect([...a.fatal, ...b.fatal]).toEqual([])
    await mesh[Symbol.asyncDispose]()
  })

  test('are read on the hosts the nodes are on, kept on all, and told of from any', async () => {
    await up(lab({ r1: 'a', r2: 'b', pc: 'b' }))
    const saved = await a.agent.saveConfigs('one')
    expect(saved).toMatchObject({
      save: 1,
      skipped: ['pc'],
      nodes: [
        { node: 'r1', host: 'a', ok: true, sizeBytes: 14 },
        { node: 'r2', host: 'b', ok: true, sizeBytes: 14 },
      ],
    })
    await until('told', () => b.agent.saves('one').length === 1)
    expect(b.agent.saves('one')).toMatchObject([
      { save: 1, host: 'a', revision: 1, nodes: [{ node: 'r1' }, { node: 'r2' }] },
    ])
    expect(await b.agent.savedConfig('one', 'r2')).toMatchObject({ save: 1, text: 'hostname of b\n' })
    await expect(b.agent.savedConfig('one', 'pc')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(a.agent.saveConfigs('one', ['pc'])).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('pc (linux)'),
    })
    await expect(a.agent.saveConfigs('one', ['nobody'])).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('are what a node starts with that is made on another host, and after its lab was down', async () => {
    await up(lab({ r1: 'a', pc: 'b' }))
    expect(await startOf(a, 'r1')).not.toContain('hostname')
    await a.agent.saveConfigs('one')
    expect((await a.agent.plan(lab({ r1: 'a', pc: 'b' }))).notes).toBeUndefined()
    expect((await a.agent.plan(lab({ r1: 'b', pc: 'b' }))).notes).toEqual([
      expect.stringContaining('r1 starts with what was saved of it (save 1)'),
    ])
    await up(lab({ r1: 'b', pc: 'b' }))
    expect(await startOf(b, 'r1')).toContain('hostname of a')
    await a.agent.remove('one')
    await until('gone', () => a.agent.labs().length === 0)
    expect(a.agent.saves('one')).toHaveLength(1)
    await up(lab({ r1: 'a', pc: 'b' }))
    expect(await startOf(a, 'r1')).toContain('hostname of a')
    await b.agent.forgetSaved('one', ['r1'])
    await until('forgotten', () => a.agent.saves('one').length === 0)
    await up(lab({ r1: 'a', pc: 'b' }, 'debian'))
    expect(await startOf(a, 'r1')).not.toContain('hostname')
  })

  test('a node that cannot say its configuration is told of, the others are saved', async () => {
    await up(lab({ r1: 'a', r2: 'b' }))
    b.answers.unshift(() => ({ exitCode: 1, stdout: '', stderr: 'not ready\n' }))
    const { nodes, save } = await a.agent.saveConfigs('one')
    expect(save).toBe(1)
    expect(nodes).toMatchObject([{ ok: true }, { node: 'r2', ok: false, message: '`Cli write` exited 1: not ready' }])
  })
})
