import { describe, expect, test } from 'vitest'
import type { Engine } from '#core/engine/engine.ts'
import type { LabIntent, LabStatus } from '#core/model/lab.ts'
import type { RecordDraft } from '#core/model/record.ts'
import { desired } from '#core/plan/desired.ts'
import { onFirstHost } from '#core/plan/testdata/host.ts'
import { labSummary } from '#core/view/summary.ts'
import { type BenchHost, benchHost, EngineBench, intentDraft } from '#testing/engine-bench.ts'
import { labSample } from '#testing/lab-samples.ts'
import { leadingBench, ticks } from '#testing/log-bench.ts'
import { useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { leaderView, noQuorum } from './consensus/quorum.ts'
import { type DesiredOn, planLab } from './planning.ts'
import { hostViews, labViews, viewLab } from './views.ts'

const [a, b, c] = [benchHost('a', 1), benchHost('b', 2), benchHost('c', 3)]
const old = benchHost('old', 4)
const removed: BenchHost = { ...old, entry: { ...old.entry, state: 'removed' } }
const pair = labSample({
  name: 'one',
  nodes: { r1: { host: 'a' }, r2: { host: 'b' } },
  links: [['r1:eth1', 'r2:eth1']],
})

const beat = (host: BenchHost, fields: object = {}): RecordDraft => ({
  kind: 'heartbeat',
  key: host.id,
  version: [],
  expiresAtMs: 0,
  body: { v: '9.9.9', cpu: 200, mem: 1_000, ...fields },
})
const hear = (bench: EngineBench, ...hosts: readonly BenchHost[]): void => {
  for (const host of hosts) bench.hear(beat(host), host)
}

/** Everything of a host's part of the lab, as if it had just been read back. */
const told = (bench: EngineBench, host: BenchHost, intent: LabIntent): void => {
  const index = bench.engine.active.get(intent.name)?.assignment.index ?? 0
  const here = intent.nodes.filter((node) => node.host === host.name)
  const body: LabStatus = {
    lab: intent.name,
    intentVersion: '',
    index,
    nodes: here.map(({ name }) => ({ name, state: 'running', ready: true })),
    ends: [],
    vteps: [],
    notes: [],
  }
  bench.hear({ kind: 'status', key: `${host.id}/${intent.name}`, version: [], expiresAtMs: 0, body }, host)
}

const nodeStates = (bench: EngineBench): Readonly<Record<string, string>> =>
  Object.fromEntries(viewLab(bench.engine, 'one').nodes.map(({ name, state }) => [name, state]))

describe('hosts', () => {
  useVirtualTime()

  test('this one is alive, others as they are believed to be, removed ones have left', async () => {
    const bench = new EngineBench({ hosts: [a, b, c, removed] })
    hear(bench, b)
    await ticks(bench, 5_000)
    hear(bench, b)
    const views = hostViews(bench.engine, virtualClock.monotonicMs() + 40, '1.2.3')
    expect(new Map(views.map((view) => [view.name, [view.state, view.ageMs, view.version]]))).toEqual(
      new Map([
        ['a', ['alive', 0, '1.2.3']],
        ['b', ['alive', 40, '9.9.9']],
        ['c', ['down', null, null]],
        ['old', ['left', null, null]],
      ]),
    )
    expect(views.map(({ name, capacity }) => [name, capacity?.memoryMiB])).toContainEqual([
      'b',
      { total: null, limit: null, promised: 0, free: 1_000 },
    ])
    expect(views.find(({ name }) => name === 'c')?.reason).toBe('never heard since this host started')
  })
})

describe('quorum', () => {
  useVirtualTime()

  test('a majority of voters that can be heard is enough, whoever else is missing', async () => {
    const bench = new EngineBench({ hosts: [a, b, c], voters: [a, b, c] })
    hear(bench, b)
    expect(leaderView(bench.engine)).toEqual({
      leader: null,
      term: 1,
      voters: ['a', 'b', 'c'],
      quorum: { have: 2, need: 2 },
      missing: ['c'],
    })
    expect(noQuorum(bench.engine)).toBeUndefined()
  })

  test('without one, says how many and names the missing', async () => {
    const bench = new EngineBench({ hosts: [a, b, c], voters: [a, b, c] })
    expect(noQuorum(bench.engine)).toBe('no majority: 1 of 3 voters can be heard, 2 are needed; missing: b, c')
  })

  test('a worker, which has no log, reads the voters from the roster', async () => {
    const bench = new EngineBench({ hosts: [benchHost('w', 5, 'worker'), a, b, c], voters: [a, b, c] })
    hear(bench, a, b)
    expect(leaderView(bench.engine)).toMatchObject({ voters: ['a', 'b', 'c'], quorum: { have: 2, need: 2 } })
    bench.hear(beat(b, { leader: b.id, term: 5 }), b)
    expect(leaderView(bench.engine)).toMatchObject({ leader: 'b', term: 5 })
  })
})

describe('a lab', () => {
  useVirtualTime()

  const withLab = async () => {
    const { bench } = await leadingBench([a, b])
    hear(bench, b)
    bench.do({ type: 'submit', lab: 'one', intent: pair })
    return bench
  }

  test('nobody knows is not found', async () => {
    const { bench } = await leadingBench([a])
    expect(() => viewLab(bench.engine, 'nope')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
    expect(labViews(bench.engine).map(labSummary)).toEqual([])
  })

  test('is pending without a majority, and says whom it waits for', () => {
    const bench = new EngineBench({ hosts: [a, b, c], voters: [a, b, c] })
    bench.hear(intentDraft(pair, b), b)
    expect(viewLab(bench.engine, 'one')).toMatchObject({
      state: 'pending',
      generation: 1,
      waiting: { code: 'NO_QUORUM', message: expect.stringContaining('missing: b, c') },
    })
  })

  test('tells when it was last asked for otherwise', () => {
    const bench = new EngineBench({ hosts: [a, b, c] })
    const [first, later] = [intentDraft(pair, b), intentDraft(pair, b, 2)]
    const at = (draft: typeof first, ms: number) => ({ ...draft, version: [draft.version[0] ?? 0, ms, b.id] })
    bench.hear(at(first, 1_000), b)
    expect(viewLab(bench.engine, 'one').changedAtMs).toBe(1_000)
    bench.hear(at(later, 5_000), b)
    expect(labViews(bench.engine).map(labSummary)).toMatchObject([{ name: 'one', generation: 2, changedAtMs: 5_000 }])
  })

  test('that fits nowhere says why, until a version that does', async () => {
    const { bench } = await leadingBench([a])
    bench.do({ type: 'submit', lab: 'one', intent: pair })
    await ticks(bench, 600)
    expect(viewLab(bench.engine, 'one').waiting).toMatchObject({
      code: 'PLACEMENT_IMPOSSIBLE',
      message: expect.stringContaining('b'),
    })
    bench.do({ type: 'submit', lab: 'one', intent: labSample({ name: 'one', nodes: { r1: {} } }) })
    expect(viewLab(bench.engine, 'one')).not.toHaveProperty('waiting')
  })

  test('what a host told before it restarted is no longer read back, until it has looked again', async () => {
    const bench = await withLab()
    told(bench, a, pair)
    told(bench, b, pair)
    bench.restart(b)
    hear(bench, b)
    expect(nodeStates(bench)).toEqual({ r1: 'running', r2: 'pending' })
    told(bench, b, pair)
    expect(nodeStates(bench)).toEqual({ r1: 'running', r2: 'running' })
  })

  test('the same status is told again after a restart of this host', async () => {
    const bench = await withLab()
    const status: LabStatus = { lab: pair.name, intentVersion: '', index: 1, nodes: [], ends: [], vteps: [], notes: [] }
    const published = () => bench.of('publish').filter(({ draft }) => draft.key === `${a.id}/one`).length
    bench.do({ type: 'observed', lab: 'one', status })
    bench.do({ type: 'observed', lab: 'one', status })
    expect(published()).toBe(1)
    bench.restart(a)
    await ticks(bench, 1_500)
    bench.do({ type: 'observed', lab: 'one', status })
    expect(published()).toBe(2)
  })

  test('what a suspected host told stands, what a host that is down told does not', async () => {
    const bench = await withLab()
    told(bench, a, pair)
    told(bench, b, pair)
    expect(nodeStates(bench)).toEqual({ r1: 'running', r2: 'running' })
    await ticks(bench, 4_000)
    expect(bench.engine.membership.of(b.id)?.state).toBe('suspect')
    expect(nodeStates(bench)).toEqual({ r1: 'running', r2: 'running' })
    await ticks(bench, 3_500)
    expect(bench.engine.membership.of(b.id)?.state).toBe('down')
    expect(nodeStates(bench)).toEqual({ r1: 'running', r2: 'error' })
    expect(labViews(bench.engine).map(labSummary)).toMatchObject([
      { name: 'one', nodes: { running: 1, total: 2 }, hosts: ['a', 'b'] },
    ])
  })

  test('that is deleted is shown while a host that is not down has something of it', async () => {
    const bench = await withLab()
    told(bench, b, pair)
    bench.do({ type: 'submit', lab: 'one', intent: null })
    expect(viewLab(bench.engine, 'one')).toMatchObject({
      state: 'down',
      nodes: [],
      notes: ['b is still taking it down'],
    })
    await ticks(bench, 4_000)
    expect(labViews(bench.engine).map(({ name }) => name)).toEqual(['one'])
    await ticks(bench, 3_500)
    expect(labViews(bench.engine).map(labSummary)).toEqual([])
    hear(bench, b)
    expect(labViews(bench.engine).map(labSummary)).toHaveLength(1)
    bench.hear({ kind: 'status', key: `${b.id}/one`, version: [], expiresAtMs: 0, body: null }, b)
    expect(() => viewLab(bench.engine, 'one')).toThrow('there is no lab named one')
  })
})

const desiredOn: DesiredOn = (self, labs, seen) => desired(onFirstHost(labs, { self, seen }))

describe('a plan', () => {
  useVirtualTime()
  const planOf = (engine: Engine, intent: LabIntent) => planLab(engine, intent, desiredOn).view
  const rows = (plan: ReturnType<typeof planOf>) =>
    plan.nodes.map(({ name, host, change, why }) => `${name} ${host} ${change}: ${why}`)

  test('tells where each node would go, what changes and why', async () => {
    const { bench } = await leadingBench([a, b])
    hear(bench, b)
    expect(planOf(bench.engine, pair)).toMatchObject({
      lab: 'one',
      running: null,
      nodes: [
        { name: 'r1', host: 'a', change: 'create' },
        { name: 'r2', host: 'b', change: 'create' },
      ],
      links: [{ crossHost: true, hosts: ['a', 'b'], mtu: 9500, change: 'create' }],
    })
    bench.do({ type: 'submit', lab: 'one', intent: pair })
    const next = labSample({
      name: 'one',
      nodes: { r1: { host: 'a', env: { LEVEL: '2' } }, r2: { host: 'a' }, r3: { host: 'a' } },
      links: [['r1:eth1', 'r3:eth1']],
    })
    const plan = planOf(bench.engine, next)
    expect(plan.running).toBe(1)
    expect(rows(plan)).toEqual([
      'r1 a recreate: env.LEVEL added',
      'r2 a move: from b to a, host b → a',
      'r3 a create: new',
    ])
    expect(plan.links).toMatchObject([
      { id: 'r1:eth1--r3:eth1', crossHost: false, mtu: 9500, change: 'create' },
      { id: 'r1:eth1--r2:eth1', crossHost: true, mtu: 9500, change: 'remove' },
    ])
    const same = planOf(bench.engine, pair)
    expect([...same.nodes, ...same.links].map(({ change }) => change)).toEqual(['keep', 'keep', 'keep'])
    expect(same.nodes[0]?.reason).toBe('stays on a')
    const less = planOf(bench.engine, labSample({ name: 'one', nodes: { r1: { host: 'a' } } }))
    expect(rows(less)).toEqual(['r1 a keep: ', 'r2 b remove: no longer in the topology'])
    expect(less.links).toMatchObject([{ change: 'remove' }])
  })

  test('says what every host was worth to a node that had a choice', async () => {
    const { bench } = await leadingBench([a, b])
    hear(bench, a, b)
    const plan = planOf(bench.engine, labSample({ name: 'two', nodes: { r1: { host: 'a' }, r2: {} } }))
    expect(plan.nodes[0]).not.toHaveProperty('scores')
    expect(plan.nodes[1]?.scores).toEqual([
      { host: 'b', score: 1, nodes: 0, neighbours: 0 },
      { host: 'a', score: 2, nodes: 1, neighbours: 0 },
    ])
  })

  test('that cannot be says every reason', async () => {
    const { bench } = await leadingBench([a])
    const intent = labSample({ name: 'one', nodes: { r1: { host: 'x' }, r2: { memoryBytes: 2 ** 50 } } })
    expect(() => planOf(bench.engine, intent)).toThrow(
      expect.objectContaining({
        code: 'PLACEMENT_IMPOSSIBLE',
        message: expect.stringMatching(/x[\s\S]*\n[\s\S]*r2/),
        details: {
          problems: [
            { node: 'r1', message: expect.any(String) },
            expect.objectContaining({
              node: 'r2',
              hosts: [{ host: 'a', why: expect.stringContaining('memory: needs') }],
            }),
          ],
        },
      }),
    )
  })
})
