import { describe, expect, test } from 'vitest'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import { createLogger } from '#platform/log.ts'
import { memoryDisk, memoryStore } from '#store/memory-store.ts'
import { labNodeSample } from '#testing/lab-samples.ts'
import { pass, realTurn, until, useVirtualTime } from '#testing/virtual-time.ts'
import { PostStart, type PostStartOptions } from './post-start.ts'

const [lab, r1] = ['one', 'r1'] as [LabName, NodeName]
const started = (startedAt: string): Workload => ({
  kind: 'workload',
  id: workloadId(lab, r1),
  needs: [],
  provider: 'docker',
  lab,
  node: r1,
  containerName: 'clab-one-r1',
  spec: { image: 'alpine', hostname: 'r1', env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
  specHash: 'h',
  state: 'running',
  containerId: 'c1',
  startedAt,
})
const node = (...exec: readonly (readonly string[])[]) => labNodeSample('r1', { exec })
const fine = { exitCode: 0, stdout: '', stderr: '' }

/** An agent's life: what it ran. `disk` outlives it. */
const life = async (disk = memoryDisk(), run: PostStartOptions['run'] = async () => fine) => {
  const ran: string[] = []
  let changes = 0
  const postStart = new PostStart({
    store: await memoryStore(disk),
    log: createLogger({ level: 'silent' }),
    run: (container, argv) => {
      ran.push(`${container} ${argv.join(' ')}`)
      return run(container, argv)
    },
    changed: () => {
      changes += 1
    },
  })
  return { postStart, ran, changes: () => changes }
}

describe('post-start commands', () => {
  useVirtualTime()

  test('run in order, once per start of the container', async () => {
    const { postStart, ran, changes } = await life()
    const wish = node(['ip', 'link'], ['vtysh', '-c', 'conf t'])
    expect(postStart.isDone(wish, started('t1'), true)).toBe(false)
    await until('both', () => postStart.isDone(wish, started('t1'), true))
    expect(ran).toEqual(['c1 ip link', 'c1 vtysh -c conf t'])
    expect(changes()).toBe(1)
    await realTurn()
    expect(postStart.isDone(wish, started('t1'), true)).toBe(true)
    expect(ran).toHaveLength(2)
    expect(postStart.isDone(wish, started('t2'), true)).toBe(false)
    await until('both again', () => postStart.isDone(wish, started('t2'), true))
    expect(ran).toHaveLength(4)
  })

  test('wait until all links of the node are there', async () => {
    const { postStart, ran } = await life()
    expect(postStart.isDone(node(['true']), started('t1'), false)).toBe(false)
    expect(postStart.isDone(node(), started('t1'), false)).toBe(false)
    await realTurn()
    expect(ran).toEqual([])
    expect(postStart.isDone(node(), started('t1'), true)).toBe(true)
  })

  test('an agent that died goes on after the last command that was done, and runs none twice', async () => {
    const disk = memoryDisk()
    const wish = node(['first'], ['second'], ['third'])
    const before = await life(disk, (_, [name]) =>
      name === 'second' ? new Promise(() => {}) : Promise.resolve({ ...fine, exitCode: 1, stderr: 'oops' }),
    )
    before.postStart.isDone(wish, started('t1'), true)
    await realTurn()
    expect(before.ran).toEqual(['c1 first', 'c1 second'])
    const after = await life(disk)
    await until('the rest', () => after.postStart.isDone(wish, started('t1'), true))
    expect(after.ran).toEqual(['c1 second', 'c1 third'])
    expect(after.postStart.notes(lab, [r1])).toEqual(['r1: `first` exited 1: oops'])
    const third = await life(disk)
    await until('nothing', () => third.postStart.isDone(wish, started('t1'), true))
    expect(third.ran).toEqual([])
  })

  test('a failing command is a note, and the others are run', async () => {
    const { postStart, ran } = await life(memoryDisk(), async (_, [name]) =>
      name === 'bad' ? { exitCode: 2, stdout: 'not shown', stderr: 'line one\nline two' } : fine,
    )
    const wish = node(['bad', 'x'], ['good'])
    await until('both', () => postStart.isDone(wish, started('t1'), true))
    expect(ran).toHaveLength(2)
    expect(postStart.notes(lab, [r1, 'r2' as NodeName])).toEqual(['r1: `bad x` exited 2: line one'])
  })

  test('where the container cannot be reached it is tried again, without what was done before', async () => {
    let isReachable = false
    const { postStart, ran, changes } = await life(memoryDisk(), (_, [name]) =>
      name === 'second' && !isReachable ? Promise.reject(new Error('no answer')) : Promise.resolve(fine),
    )
    const wish = node(['first'], ['second'])
    isReachable = true
    await until('the first start', () => postStart.isDone(wish, started('t1'), true))
    isReachable = false
    ran.length = 0
    postStart.isDone(wish, started('t2'), true)
    await pass(500)
    expect(ran).toEqual(['c1 first', 'c1 second'])
    expect(postStart.isDone(wish, started('t2'), true)).toBe(false)
    expect(changes()).toBe(1)
    isReachable = true
    await until('the second start', () => postStart.isDone(wish, started('t2'), true))
    expect(ran).toEqual(['c1 first', 'c1 second', 'c1 second'])
  })
})
