import { describe, expect, test } from 'vitest'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Op, Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import type { Exec, SocketCommand } from '#platform/exec.ts'
import { requestFailure } from '#platform/failure.ts'
import { applySteps } from '#testing/driver-contract.ts'
import { DOCKER_SOCKET } from './commands.ts'
import { createDockerDriver } from './driver.ts'
import { type FakeContainer, FakeDocker } from './fake.ts'
import { createDockerSnapshots } from './snapshots.ts'

const driver = createDockerDriver({ ipv6: true, isAlive: () => true })
const LAB = 'one' as LabName

interface Snapshot {
  readonly Id: string
  readonly Created: number
  readonly Size: number
  readonly Labels: Record<string, string>
  RepoTags: string[]
}

/** A toy engine that also keeps images of containers. */
const engine = () => {
  const docker = new FakeDocker(DOCKER_SOCKET)
  const kept: Snapshot[] = []
  const isUsed = (id: string) => [...docker.containers.values()].some(({ body }) => body.Image === id)
  const commit = (path: string): { code: number; body?: unknown } => {
    const query = new URL(path, 'http://docker').searchParams
    const labels = [...(query.get('changes') ?? '').matchAll(/^LABEL "(.*)"="(.*)"$/gm)].map(([, k = '', v = '']) => [
      k,
      v,
    ])
    const Id = `sha256:${String(kept.length).padStart(64, '0')}`
    docker.load(Id)
    const RepoTags = [`${query.get('repo')}:${query.get('tag')}`]
    kept.push({ Id, Created: 1000 + kept.length, Size: 5, Labels: Object.fromEntries(labels), RepoTags })
    return { code: 201, body: { Id } }
  }
  const remove = (path: string): { code: number; body?: unknown } => {
    const name = decodeURIComponent(path.slice('/images/'.length).split('?')[0] ?? '')
    const at = kept.findIndex(({ Id, RepoTags }) => Id === name || RepoTags.includes(name))
    const found = kept[at]
    if (found === undefined) return { code: 404, body: { message: 'No such image' } }
    if (!isUsed(found.Id)) kept.splice(at, 1)
    else if (found.Id === name) return { code: 409, body: { message: 'image is being used' } }
    else found.RepoTags = []
    return { code: 200, body: [] }
  }
  const answer = ({ method, path }: SocketCommand): { code: number; body?: unknown } | undefined => {
    if (method === 'POST' && path.startsWith('/commit?')) return commit(path)
    if (method === 'DELETE' && path.startsWith('/images/')) return remove(path)
    if (path.startsWith('/images/json?') && path.includes('skein.snapshot')) return { code: 200, body: kept }
    return undefined
  }
  const exec: Exec = {
    run: async (command) => {
      const answered = 'socket' in command ? answer(command) : undefined
      if (answered === undefined || !('socket' in command)) return docker.exec.run(command)
      const result = { code: answered.code, stdout: JSON.stringify(answered.body), stderr: '' }
      const failure = requestFailure(command, result)
      if (failure !== undefined) throw failure
      return result
    },
  }
  return { docker, exec, kept }
}

const workload = (node: string): Workload => ({
  kind: 'workload',
  provider: 'docker',
  id: workloadId(LAB, node as NodeName),
  needs: [],
  lab: LAB,
  node: node as NodeName,
  containerName: `clab-one-${node}`,
  spec: { image: 'alpine:3', hostname: node, env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
  specHash: 'h1',
  state: 'running',
})

const world = async () => {
  const { docker, exec, kept } = engine()
  docker.load('alpine:3')
  const ops = ['a', 'B'].map((node): Op<Workload> => ({ type: 'create', to: workload(node), reason: 'test' }))
  await applySteps(driver, exec, ops)
  const seen = (await driver.observe(docker.exec, [])).toSorted((x, y) => (x.node > y.node ? -1 : 1))
  const [a, b] = seen
  if (a === undefined || b === undefined) throw new Error('not made')
  const ofNode = (node: string): FakeContainer | undefined =>
    [...docker.containers.values()].find(({ Name }) => Name === `clab-one-${node}`)
  return { docker, kept, a, b, seen, ofNode, snapshots: createDockerSnapshots(exec, { socket: DOCKER_SOCKET }) }
}

describe('snapshots of containers', () => {
  test('a node is made again of what was kept, and is else what it was', async () => {
    const { docker, a, kept, ofNode, snapshots } = await world()
    await snapshots.take(a, 's1')
    await snapshots.restore(a, 's1')
    expect(ofNode('a')?.body.Image).toBe(kept[0]?.Id)
    expect(ofNode('a')?.status).toBe('running')
    const again = (await driver.observe(docker.exec, [])).find(({ node }) => node === 'a')
    expect(again).toMatchObject({ spec: a.spec, specHash: a.specHash, state: 'running', containerName: 'clab-one-a' })
    expect(again?.containerId).not.toBe(a.containerId)
  })

  test('what is kept is told node by node, also of names that no image could have', async () => {
    const { a, b, snapshots } = await world()
    await snapshots.take(a, 's1')
    await snapshots.take(b, 's1')
    expect(await snapshots.list(LAB, [])).toEqual([
      { node: 'a', name: 's1', createdMs: 1_000_000, sizeBytes: 5 },
      { node: 'B', name: 's1', createdMs: 1_001_000, sizeBytes: 5 },
    ])
    expect(await snapshots.list('two' as LabName, [])).toEqual([])
  })

  test('one that is not there is NOT_FOUND; removing it twice is harmless', async () => {
    const { a, snapshots } = await world()
    await expect(snapshots.restore(a, 's1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const of = { lab: a.lab, node: a.node, workload: undefined }
    await snapshots.take(a, 's1')
    await snapshots.remove(of, 's1')
    await snapshots.remove(of, 's1')
    expect(await snapshots.list(LAB, [])).toEqual([])
  })

  test('one that a node stands on loses its name, and goes once the node and the lab are gone', async () => {
    const { docker, a, kept, snapshots } = await world()
    await snapshots.take(a, 's1')
    await snapshots.restore(a, 's1')
    await snapshots.remove({ lab: a.lab, node: a.node, workload: a }, 's1')
    expect(await snapshots.list(LAB, [])).toEqual([])
    await expect(snapshots.restore(a, 's1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await snapshots.keepOnly(() => false)).toBe(true)
    expect(await snapshots.keepOnly((lab) => lab === LAB)).toBe(false)
    docker.containers.clear()
    expect(await snapshots.keepOnly((lab) => lab === LAB)).toBe(true)
    expect(kept).toEqual([])
  })
})
