import { describe, expect, test } from 'vitest'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { LabNode } from '#core/model/lab.ts'
import type { Stage, StageName, Stages } from '#core/model/node-parts.ts'
import type { Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import { createLogger } from '#platform/log.ts'
import { memoryDisk, memoryStore } from '#store/memory-store.ts'
import { labNodeSample } from '#testing/lab-samples.ts'
import { pass, realTurn, until, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { PostStart } from './post-start.ts'
import type { RunsOptions } from './runs.ts'

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
const none = () => false
const linked = { linked: true, isOver: none }
const unlinked = { linked: false, isOver: none }
const fine = { exitCode: 0, stdout: '', stderr: '' }

/** An agent's life: what it ran. `disk` outlives it. */
const life = async (disk = memoryDisk(), run: RunsOptions['run'] = async () => fine) => {
  const ran: string[] = []
  let changes = 0
  const postStart = new PostStart({
    clock: virtualClock,
    store: await memoryStore(disk),
    log: createLogger({ level: 'silent' }),
    run: (container, argv) => {
      ran.push(`${container} ${argv.join(' ')}`)
      return run(container, argv)
    },
    runOnHost: async (argv) => {
      ran.push(`host ${argv.join(' ')}`)
      return fine
    },
    folder: (lab) => `/labs/${lab}`,
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
    expect(postStart.isDone(wish, started('t1'), linked)).toBe(false)
    await until('both', () => postStart.isDone(wish, started('t1'), linked))
    expect(ran).toEqual(['c1 ip link', 'c1 vtysh -c conf t'])
    expect(changes()).toBe(1)
    await realTurn()
    expect(postStart.isDone(wish, started('t1'), linked)).toBe(true)
    expect(ran).toHaveLength(2)
    expect(postStart.isDone(wish, started('t2'), linked)).toBe(false)
    await until('both again', () => postStart.isDone(wish, started('t2'), linked))
    expect(ran).toHaveLength(4)
  })

  test('wait until all links of the node are there', async () => {
    const { postStart, ran } = await life()
    expect(postStart.isDone(node(['true']), started('t1'), unlinked)).toBe(false)
    expect(postStart.isDone(node(), started('t1'), unlinked)).toBe(false)
    await realTurn()
    expect(ran).toEqual([])
    expect(postStart.isDone(node(), started('t1'), linked)).toBe(true)
    expect(postStart.isDone(node(), started('t1'), linked)).toBe(true)
  })

  test('an agent that died goes on after the last command that was done, and runs none twice', async () => {
    const disk = memoryDisk()
    const wish = node(['first'], ['second'], ['third'])
    const before = await life(disk, (_, [name]) =>
      name === 'second' ? new Promise(() => {}) : Promise.resolve({ ...fine, exitCode: 1, stderr: 'oops' }),
    )
    before.postStart.isDone(wish, started('t1'), linked)
    await realTurn()
    expect(before.ran).toEqual(['c1 first', 'c1 second'])
    const after = await life(disk)
    await until('the rest', () => after.postStart.isDone(wish, started('t1'), linked))
    expect(after.ran).toEqual(['c1 second', 'c1 third'])
    expect(after.postStart.notes(lab, [node()], none)).toEqual(['r1: `first` exited 1: oops'])
    const third = await life(disk)
    await until('nothing', () => third.postStart.isDone(wish, started('t1'), linked))
    expect(third.ran).toEqual([])
  })

  test('a failing command is a note, and the others are run', async () => {
    const { postStart, ran } = await life(memoryDisk(), async (_, [name]) =>
      name === 'bad' ? { exitCode: 2, stdout: 'not shown', stderr: 'line one\nline two' } : fine,
    )
    const wish = node(['bad', 'x'], ['good'])
    await until('both', () => postStart.isDone(wish, started('t1'), linked))
    expect(ran).toHaveLength(2)
    expect(postStart.notes(lab, [node(), labNodeSample('r2')], none)).toEqual(['r1: `bad x` exited 2: line one'])
  })

  test('where the container cannot be reached it is tried again, without what was done before', async () => {
    let isReachable = false
    const { postStart, ran, changes } = await life(memoryDisk(), (_, [name]) =>
      name === 'second' && !isReachable ? Promise.reject(new Error('no answer')) : Promise.resolve(fine),
    )
    const wish = node(['first'], ['second'])
    isReachable = true
    await until('the first start', () => postStart.isDone(wish, started('t1'), linked))
    isReachable = false
    ran.length = 0
    postStart.isDone(wish, started('t2'), linked)
    await pass(500)
    expect(ran).toEqual(['c1 first', 'c1 second'])
    expect(postStart.isDone(wish, started('t2'), linked)).toBe(false)
    expect(changes()).toBe(1)
    isReachable = true
    await until('the second start', () => postStart.isDone(wish, started('t2'), linked))
    expect(ran).toEqual(['c1 first', 'c1 second', 'c1 second'])
  })
})

describe('software that takes long to start', () => {
  useVirtualTime()
  const booting = (withinMs: number): LabNode => ({
    ...labNodeSample('r1', { exec: [['after']] }),
    software: { boot: [{ argv: ['ask'], until: { prints: 'ready', withinMs } }, { argv: ['once'] }] },
  })

  test('is asked again and again; what comes next waits until it has started', async () => {
    let said = { ...fine, exitCode: 1 }
    const { postStart, ran } = await life(memoryDisk(), async (_, [name]) => (name === 'ask' ? said : fine))
    const wish = booting(60_000)
    expect(postStart.isDone(wish, started('t1'), linked)).toBe(false)
    await pass(5_000)
    expect(new Set(ran)).toEqual(new Set(['c1 ask']))
    expect(ran.length).toBeGreaterThan(1)
    expect(postStart.starting(lab, wish)).toBe('starting: ready when `ask` prints "ready"')
    expect(postStart.over(wish, started('t1'))).toEqual(['create', 'create-links'])
    said = { ...fine, stdout: 'it is ready now' }
    await until('all', () => postStart.isDone(wish, started('t1'), linked))
    expect(ran.slice(-3)).toEqual(['c1 ask', 'c1 once', 'c1 after'])
    expect(postStart.starting(lab, wish)).toBeUndefined()
    expect(postStart.notes(lab, [wish], none)).toEqual([])
  })

  test('is told where it does not start in time, and what comes next is done', async () => {
    const { postStart, ran } = await life()
    const wish = booting(10_000)
    await until('all', () => postStart.isDone(wish, started('t1'), linked))
    expect(ran.slice(-2)).toEqual(['c1 once', 'c1 after'])
    expect(postStart.notes(lab, [wish], none)).toEqual([
      expect.stringMatching(/^r1: not ready after 1\d s: `ask` does not print "ready"$/),
    ])
  })

  test('an image with a health check is ready when that passes', async () => {
    const { postStart, ran } = await life()
    const wish: LabNode = { ...labNodeSample('r1', { exec: [['after']] }), software: { hasHealth: true } }
    const of = (health: 'starting' | 'unhealthy' | 'healthy'): Workload => ({ ...started('t1'), health })
    expect(postStart.isDone(wish, of('starting'), linked)).toBe(false)
    expect(postStart.isDone(wish, of('unhealthy'), linked)).toBe(false)
    await realTurn()
    expect(postStart.starting(lab, wish)).toContain('health check of its image')
    expect(ran).toEqual([])
    await until('all', () => postStart.isDone(wish, of('healthy'), linked))
    expect(ran).toEqual(['c1 after'])
    // One whose image has none is as ready as any other.
    expect((await life()).postStart.isDone({ ...wish, exec: [] }, started('t1'), linked)).toBe(true)
  })
})

describe('stages', () => {
  useVirtualTime()
  const stage = (commands: readonly string[], waits: readonly (readonly [string, StageName])[] = []): Stage => ({
    waitFor: waits.map(([other, over]) => ({ node: other as NodeName, stage: over })),
    exec: commands.map((text) => {
      const [target, phase, ...argv] = text.split(' ')
      return {
        argv,
        target: target === 'host' ? 'host' : 'container',
        phase: phase === 'enter' ? 'on-enter' : 'on-exit',
      }
    }),
  })
  const staged = (stages: Stages, more: Partial<LabNode> = {}): LabNode => ({ ...node(['exec']), stages, ...more })
  const all = () => true
  const free = { linked: true, isOver: all }

  test('hold up the container until others are so far, and run what comes before it, on the host, once', async () => {
    const { postStart, ran } = await life()
    const wish = staged({ create: stage(['host enter mk __clabNodeDir__'], [['r2', 'healthy']]) })
    expect(postStart.mayCreate(lab, wish, none)).toBe(false)
    expect(postStart.notes(lab, [wish], none)).toEqual(['r1 waits for `healthy` of r2'])
    expect(postStart.isFreed(lab, wish, none)).toBe(false)
    expect(postStart.isFreed(lab, wish, all)).toBe(true)
    expect(postStart.mayCreate(lab, wish, all)).toBe(false)
    await until('the command', () => postStart.mayCreate(lab, wish, all))
    expect(ran).toEqual(['host mk /labs/one/files/clab-one/r1'])
    postStart.isDone(wish, started('t1'), free)
    expect(postStart.mayCreate(lab, wish, all)).toBe(false)
    await until('the command again, for the next container', () => postStart.mayCreate(lab, wish, all))
    expect(ran.filter((line) => line.startsWith('host'))).toHaveLength(2)
  })

  test('hold up the links until it is their turn', async () => {
    const { postStart, ran, changes } = await life()
    const wish = staged({ 'create-links': stage(['in enter ls'], [['r2', 'create']]) })
    expect(postStart.isDone(wish, started('t1'), unlinked)).toBe(false)
    await realTurn()
    expect([postStart.mayLink(lab, wish, started('t1')), postStart.over(wish, started('t1'))]).toEqual([
      false,
      ['create'],
    ])
    const before = changes()
    postStart.isDone(wish, started('t1'), { linked: false, isOver: all })
    await until('the command before', () => postStart.mayLink(lab, wish, started('t1')))
    expect(ran).toEqual(['c1 ls'])
    expect(changes()).toBeGreaterThan(before)
    await until('all', () => postStart.isDone(wish, started('t1'), free))
    expect(ran).toEqual(['c1 ls', 'c1 exec'])
    expect(postStart.over(wish, started('t1'))).toEqual(['create', 'create-links', 'configure', 'healthy'])
    expect(postStart.mayLink(lab, wish, started('t2'))).toBe(false)
  })

  test('a node is done when it is healthy', async () => {
    const { postStart, ran } = await life()
    const wish = staged({ healthy: stage(['in exit well']) }, { healthcheck: { test: ['CMD', 'x'] } })
    await until(
      'all before',
      () => !postStart.isDone(wish, { ...started('t1'), health: 'starting' }, free) && ran.length === 1,
    )
    expect(postStart.over(wish, started('t1'))).toEqual(['create', 'create-links', 'configure'])
    await until('all', () => postStart.isDone(wish, { ...started('t1'), health: 'healthy' }, free))
    expect(ran).toEqual(['c1 exec', 'c1 well'])
    expect(postStart.isDone(wish, { ...started('t1'), health: 'unhealthy' }, free)).toBe(true)
  })

  test('what was done is remembered by the next agent, also where others are no longer so far', async () => {
    const disk = memoryDisk()
    const wish = staged({ configure: stage([], [['r2', 'healthy']]) })
    const before = await life(disk)
    await until('all', () => before.postStart.isDone(wish, started('t1'), free))
    const after = await life(disk)
    await until('all, remembered', () => after.postStart.isDone(wish, started('t1'), linked))
    expect(after.ran).toEqual([])
  })

  test('the last one is over when the node has ended for good, and what its host is to do then is done', async () => {
    const { postStart, ran } = await life()
    const wish = staged({ exit: stage(['host exit tidy']) }, { restart: 'no' })
    const ended = { ...started('t1'), state: 'exited', exitCode: 0 } as const
    expect(postStart.over(wish, ended)).not.toContain('exit')
    await until('the command', () => postStart.over(wish, ended).includes('exit'))
    expect(ran).toEqual(['host tidy'])
    expect(postStart.over({ ...wish, restart: 'on-failure' }, { ...ended, exitCode: 1 })).toEqual([])
  })
})
