import { describe, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import type { Snapshots } from '#drivers/snapshots.ts'
import { HostSnapshots } from './snapshots.ts'

const workload = (node: string, provider: Workload['provider']): Workload => ({
  kind: 'workload',
  provider,
  id: workloadId('one' as LabName, node as NodeName),
  needs: [],
  lab: 'one' as LabName,
  node: node as NodeName,
  containerName: node,
  spec: { image: 'x', hostname: node, env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
  specHash: '',
  state: 'running',
})

interface Toy extends Snapshots {
  readonly done: string[]
  /** Resolves when the next change may end. */
  gate: Promise<void>
  isTidy: boolean
}

const toy = (provider: Workload['provider']): Toy => {
  const done: string[] = []
  const it: Toy = {
    provider,
    done,
    gate: Promise.resolve(),
    isTidy: true,
    take: async ({ node }, name) => {
      await it.gate
      if (name === 'full') throw new MeshError('TOOL_FAILED', 'no space left')
      done.push(`take ${node} ${name}`)
    },
    restore: async ({ node }, name) => void done.push(`restore ${node} ${name}`),
    list: async (lab) => [{ node: 'a' as NodeName, name: `${provider} of ${lab}`, createdMs: 1, sizeBytes: null }],
    remove: async ({ node }, name) => void done.push(`remove ${node} ${name}`),
    keepOnly: async (mayGo) => {
      done.push(`tidy ${['one', 'two', 'new'].filter((lab) => mayGo(lab as LabName)).join(' ')}`.trim())
      return it.isTidy
    },
  }
  return it
}

const world = (labs: readonly string[] = ['one']) => {
  const active = new Map(labs.map((lab) => [lab, {} as never]))
  const [docker, lxd] = [toy('docker'), toy('lxd')]
  const mended: string[] = []
  const host = new HostSnapshots({
    engine: { active },
    drivers: [docker, lxd],
    knows: (lab) => lab !== 'new',
    mend: async (lab) => void mended.push(lab),
  })
  host.saw([workload('a', 'docker'), workload('b', 'lxd')])
  return { host, active, docker, lxd, mended }
}

const ask = (verb: 'take' | 'restore' | 'remove', ...nodes: readonly string[]) => ({
  verb,
  lab: 'one',
  nodes: [...nodes],
  name: 's',
})

describe('snapshots of one host', () => {
  test('each node is kept by its own engine, and told for itself', async () => {
    const { host, docker, lxd, mended } = world()
    expect(await host.carryOut(ask('take', 'a', 'b', 'c'))).toEqual([
      { node: 'a', ok: true, message: null },
      { node: 'b', ok: true, message: null },
      { node: 'c', ok: false, message: 'node c of lab one is not here now' },
    ])
    expect([docker.done, lxd.done]).toEqual([['take a s'], ['take b s']])
    expect(mended).toEqual(['one'])
    expect(await host.carryOut({ ...ask('take', 'a'), name: 'full' })).toEqual([
      { node: 'a', ok: false, message: 'no space left' },
    ])
  })

  test('while one is worked on it is held, and nobody else works on it', async () => {
    const { host, docker } = world()
    const { id } = workload('a', 'docker')
    const { promise, resolve } = Promise.withResolvers<void>()
    docker.gate = promise
    const taken = host.carryOut(ask('take', 'a'))
    expect([host.isHeld(id), host.isHeld(workload('b', 'lxd').id)]).toEqual([true, false])
    expect(await host.carryOut(ask('restore', 'a'))).toMatchObject([
      { ok: false, message: expect.stringContaining('is worked on already') },
    ])
    resolve()
    await taken
    expect(host.isHeld(id)).toBe(false)
    expect(docker.done).toEqual(['take a s'])
  })

  test('what is kept of a node that is not here any more is removed all the same', async () => {
    const { host, docker, lxd } = world()
    expect(await host.carryOut(ask('remove', 'gone'))).toMatchObject([{ ok: true }])
    expect([docker.done, lxd.done]).toEqual([['remove gone s'], ['remove gone s']])
  })

  test('an engine that is not there keeps nothing', async () => {
    const { host, lxd } = world()
    lxd.list = () => Promise.reject(new MeshError('TOOL_MISSING', 'nothing answers'))
    expect((await host.list('one')).map(({ name }) => name)).toEqual(['docker of one'])
  })
})

describe('what is left of labs that are gone', () => {
  test('goes at the start, when a lab goes, and again until all of it is gone; else nobody is asked', async () => {
    const { host, active, docker } = world(['one', 'new'])
    await host.tidy()
    await host.tidy()
    expect(docker.done).toEqual(['tidy two'])
    active.delete('one')
    docker.isTidy = false
    await host.tidy()
    docker.isTidy = true
    await host.tidy()
    await host.tidy()
    expect(docker.done).toEqual(['tidy two', 'tidy one two', 'tidy one two'])
  })

  test('stays while it is not known what is to become of its lab', async () => {
    const { host, docker } = world(['one', 'two'])
    await host.tidy()
    await host.tidy()
    expect(docker.done).toEqual(['tidy', 'tidy'])
  })
})
