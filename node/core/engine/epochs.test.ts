import { describe, expect, test } from 'vitest'
import { type BenchHost, benchHost, EngineBench, intentDraft, rosterDraft, rosterOf } from '#testing/engine-bench.ts'
import { labSample } from '#testing/lab-samples.ts'
import { ticks } from '#testing/log-bench.ts'
import { useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import type { Message } from '../consensus/messages.ts'
import type { Entry } from '../consensus/types.ts'
import type { RecordDraft, RosterBody } from '../model/record.ts'
import { intentVersion } from '../record/version.ts'

const [a, b, c, worker] = [benchHost('a', 1), benchHost('b', 2), benchHost('c', 3), benchHost('w', 4, 'worker')]
const hosts = [a, b, c] as const

const create = (index: number, id: string): Entry => ({
  index,
  term: 1,
  data: {
    type: 'command',
    command: {
      type: 'create-token',
      requestId: `create/${id}`,
      nowMs: virtualClock.nowMs(),
      id,
      verifier: 'A'.repeat(43),
      role: 'worker',
      uses: 1,
      expiresAtMs: virtualClock.nowMs() + 3_600_000,
    },
  },
})

const newRoster = (fields: Partial<RosterBody> = {}): RecordDraft =>
  rosterDraft({ ...rosterOf(hosts, [b]), epoch: 2, term: 9, index: 40, ...fields })
const beatOf = (host: BenchHost, fields: object = {}): RecordDraft => ({
  kind: 'heartbeat',
  key: host.id,
  version: [],
  expiresAtMs: 0,
  body: { v: '1', cpu: 100, mem: 1_000, ...fields },
})
const codes = (bench: EngineBench): readonly string[] => bench.of('notice').map((effect) => effect.code)
const say = (bench: EngineBench, epoch: number, message: Message): void =>
  bench.do({ type: 'raft', from: b.id, epoch, message })
const tokens = (bench: EngineBench): readonly string[] => Object.keys(bench.engine.replica?.state?.tokens ?? {})

describe('messages of other epochs', () => {
  useVirtualTime()

  test.each([
    [0, 'OLD_EPOCH'],
    [2, 'NEWER_EPOCH'],
  ])('of epoch %i are not heard, and counted as %s', (epoch, code) => {
    const bench = new EngineBench({ hosts, voters: hosts })
    say(bench, epoch, { type: 'vote', term: 70, lastIndex: 900, lastTerm: 69, transfer: true })
    expect(codes(bench)).toEqual([code])
    expect(bench.of('send')).toEqual([])
    expect(bench.engine.replica?.status.term).toBe(1)
    say(bench, 1, { type: 'vote', term: 70, lastIndex: 900, lastTerm: 69, transfer: true })
    expect(bench.of('send')).toMatchObject([{ epoch: 1, message: { type: 'vote-reply', granted: true } }])
  })

  test('a leader of another epoch is not believed, whatever its term', () => {
    const bench = new EngineBench({ hosts, voters: hosts })
    bench.hear(beatOf(b, { leader: b.id, term: 90, epoch: 2 }), b)
    expect(bench.engine.leader.host).toBeNull()
    bench.hear(beatOf(c, { leader: b.id, term: 3 }), c)
    expect(bench.engine.leader.host, 'hearsay').toBeNull()
    bench.hear(beatOf(b, { leader: b.id, term: 3 }), b)
    expect(bench.engine.leader).toEqual({ host: b.id, term: 3 })
  })
})

describe('a leader', () => {
  useVirtualTime()

  test('who begins to lead, and who stops, says so at once: nobody else does', async () => {
    const bench = new EngineBench({ hosts, voters: hosts })
    const beats = (): readonly unknown[] =>
      bench.of('publish').flatMap(({ draft }) => (draft.kind === 'heartbeat' ? [draft.body] : []))
    await ticks(bench, 3_000)
    const term = (bench.engine.replica?.status.term ?? 0) + 1
    const before = beats().length
    say(bench, 1, { type: 'pre-vote-reply', term: 1, asked: term, granted: true })
    say(bench, 1, { type: 'vote-reply', term, granted: true })
    bench.do({ type: 'tick' })
    expect(beats().slice(before)).toMatchObject([{ leader: a.id, term }])
    say(bench, 1, { type: 'append-refused', term: term + 1, previousIndex: 1, hintIndex: 1, hintTerm: 0 })
    bench.do({ type: 'tick' })
    expect(beats().slice(before + 1)).toEqual([expect.not.objectContaining({ leader: a.id })])
  })
})

describe('a host of an epoch that is over', () => {
  useVirtualTime()

  test('drops its log, takes part in nothing until that is done, then follows the new leader', () => {
    const bench = new EngineBench({ hosts, voters: hosts, entries: [create(2, 'mine')] })
    bench.hear(newRoster(), b)
    expect(bench.of('drop-log')).toEqual([{ type: 'drop-log', epoch: 1 }])
    const kinds = bench.effects.map((effect) => effect.type)
    expect(kinds.indexOf('keep'), 'the roster is kept first').toBeLessThan(kinds.indexOf('drop-log'))
    expect(bench.engine.replica?.state).toBeNull()
    expect(bench.engine.epoch).toBe(2)
    const vote: Message = { type: 'vote', term: 10, lastIndex: 50, lastTerm: 9, transfer: true }
    bench.effects.length = 0
    say(bench, 2, vote)
    bench.do({ type: 'tick' })
    expect(bench.of('send')).toEqual([])
    expect(bench.of('persist')).toEqual([])
    bench.do({ type: 'log-dropped' })
    say(bench, 2, vote)
    expect(bench.of('send')).toMatchObject([{ epoch: 2, message: { type: 'vote-reply', term: 10, granted: true } }])
  })

  test('does so when it starts, where it stopped in between', () => {
    const bench = new EngineBench({ hosts, voters: hosts, entries: [create(2, 'mine')], rosterEpoch: 2 })
    expect(bench.engine.replica?.state).toBeNull()
    bench.do({ type: 'tick' })
    bench.do({ type: 'tick' })
    expect(bench.of('drop-log')).toHaveLength(1)
    expect(bench.of('send')).toEqual([])
  })

  test('tells those who wait for it that the answer will not come from here', async () => {
    const bench = new EngineBench({ hosts, voters: hosts })
    await ticks(bench, 3_000)
    const term = (bench.engine.replica?.status.term ?? 0) + 1
    say(bench, 1, { type: 'pre-vote-reply', term: 1, asked: term, granted: true })
    say(bench, 1, { type: 'vote-reply', term, granted: true })
    const { data } = create(2, 'mine')
    if (data.type !== 'command') throw new Error('a command was meant')
    bench.do({ type: 'propose', commands: [data.command as never] })
    bench.hear(newRoster(), b)
    expect(bench.of('outcome')).toMatchObject([{ requestId: 'create/mine', result: { ok: false, code: 'NOT_LEADER' } }])
  })

  test('one of the new epoch keeps its log', () => {
    const bench = new EngineBench({ hosts, voters: hosts })
    bench.hear(newRoster({ epoch: 1 }), b)
    expect(bench.of('drop-log')).toEqual([])
  })
})

describe('recovery on one host', () => {
  useVirtualTime()

  test('counts every entry of its log, stands after it, and goes on alone in the next epoch', async () => {
    const bench = new EngineBench({ hosts, voters: hosts, entries: [create(2, 'one'), create(3, 'two')] })
    await ticks(bench, 3_000)
    expect(tokens(bench), 'nobody has said that these are committed').toEqual([])
    const { term } = bench.engine.replica?.status ?? { term: 0 }
    bench.do({ type: 'recover' })
    expect(tokens(bench)).toEqual(['one', 'two'])
    expect(bench.of('persist').at(-1)).toMatchObject({
      truncateFrom: 4,
      hard: { term: term + 1, votedFor: null },
      snapshot: { index: 4, term: term + 1, configuration: { voters: [a.id], learners: [] } },
    })
    const { epoch } = bench.engine
    expect(epoch).toBeGreaterThan(1)
    await ticks(bench, 1_000)
    expect(bench.engine.leader.host).toBe(a.id)
    expect(bench.engine.roster).toMatchObject({ epoch, voters: [a.id], hosts: [{}, {}, {}] })
    bench.effects.length = 0
    say(bench, 1, { type: 'append', term: 99, previousIndex: 1, previousTerm: 1, entries: [], commit: 1 })
    expect(codes(bench)).toEqual(['OLD_EPOCH'])
    expect(bench.engine.leader.host).toBe(a.id)
  })

  test('never begins the epoch another host would begin', () => {
    const epochs = hosts.map((host) => {
      const bench = new EngineBench({ hosts: [host, ...hosts.filter((other) => other !== host)], voters: hosts })
      bench.do({ type: 'recover' })
      return bench.engine.epoch
    })
    expect(new Set(epochs).size).toBe(hosts.length)
    expect(epochs.toSorted()).toEqual([2, 3, 4])
  })

  test('a host whose removal only gossip told does not come back', () => {
    const bench = new EngineBench({ hosts, voters: hosts })
    const { hosts: entries } = rosterOf(hosts, hosts)
    const told = entries.map((entry) => (entry.id === c.id ? { ...entry, state: 'removed' as const } : entry))
    bench.hear(newRoster({ epoch: 1, hosts: told }), b)
    bench.do({ type: 'recover' })
    expect(bench.engine.replica?.state?.roster[c.id]?.state).toBe('removed')
    expect(bench.engine.replica?.state?.roster[b.id]?.state).toBe('admitted')
  })

  test('a host without a log, and one that keeps none, have nothing to go on with', () => {
    const waiting = new EngineBench({ hosts, voters: hosts, rosterEpoch: 2 })
    waiting.do({ type: 'recover' })
    const keepsNone = new EngineBench({ hosts: [worker, a] })
    keepsNone.do({ type: 'recover' })
    for (const bench of [waiting, keepsNone]) expect(codes(bench)).not.toContain('NEW_EPOCH')
  })
})

describe('what an epoch decided that is over', () => {
  useVirtualTime()

  const lab = labSample({
    name: 'one',
    nodes: { r1: { host: 'a' }, r2: { host: 'b' } },
    links: [['r1:eth1', 'r2:eth1']],
  })
  const [segment = { id: '' }] = lab.segments
  const intent = intentDraft(lab, b)
  const told = (vni: number, name = 'one'): RecordDraft => {
    const body = {
      lab: name,
      intentVersion: intentVersion(intent.version),
      hosts: { r1: a.id, r2: b.id },
      segments: { [segment.id]: { vni, vlans: { [a.id]: 7, [b.id]: 9 }, mtuBytes: 1370 } },
      macs: { 'r1:eth1': 'aa:c1:ab:00:00:11', 'r2:eth1': 'aa:c1:ab:00:00:12' },
      epoch: 1,
      term: 77,
      index: 900,
    }
    return { kind: 'assignment', key: name, version: [1, 77, 900], expiresAtMs: 0, body }
  }
  const recovered = async (): Promise<EngineBench> => {
    const bench = new EngineBench({ hosts, voters: hosts })
    bench.do({ type: 'recover' })
    await ticks(bench, 1_000)
    return bench
  }
  const vniOf = (bench: EngineBench, name = 'one'): unknown =>
    Object.values(bench.engine.replica?.state?.assignments[name]?.segments ?? {})[0]?.vni

  test('counts for nobody who did not run it before', () => {
    const bench = new EngineBench({ hosts: [worker, a], rosterEpoch: 2 })
    bench.hear(intent, a)
    bench.hear(told(4_200), a)
    expect(bench.engine.active.size).toBe(0)
    const before = new EngineBench({ hosts: [worker, a] })
    before.hear(intent, a)
    before.hear(told(4_200), a)
    expect(before.engine.active.size).toBe(1)
  })

  test.each([
    ['before', [told(4_200), intent]],
    ['after', [intent, told(4_200)]],
  ])('is taken over with its numbers by the leader, told %s the wish for it', async (_, drafts) => {
    const bench = await recovered()
    for (const draft of drafts) {
      bench.hear(draft, b)
      bench.hear(beatOf(b), b)
    }
    await ticks(bench, 2_000)
    expect(vniOf(bench)).toBe(4_200)
    expect(bench.engine.book.get('assignment', 'one')?.body).toMatchObject({ epoch: bench.engine.epoch })
    expect(bench.engine.active.get('one')?.assignment.epoch).toBe(bench.engine.epoch)
  })

  test('gets other numbers where one of them is taken', async () => {
    const bench = await recovered()
    const other = intentDraft({ ...lab, name: 'two' as never }, b)
    for (const draft of [told(4_200, 'two'), { ...other, version: intent.version }, told(4_200), intent])
      bench.hear(draft, b)
    for (let round = 0; round < 4; round++) {
      bench.hear(beatOf(b), b)
      await ticks(bench, 1_000)
    }
    expect([vniOf(bench, 'two'), vniOf(bench)]).toEqual([4_200, expect.any(Number)])
    expect(vniOf(bench)).not.toBe(4_200)
  })

  test('known by gossip alone is kept by a recovery, not what was deleted meanwhile', async () => {
    const bench = new EngineBench({ hosts, voters: hosts })
    bench.hear(told(4_200), b)
    bench.hear(intent, b)
    bench.hear(told(4_201, 'gone'), b)
    bench.hear({ kind: 'intent', key: 'gone', version: [9, 9, b.id], expiresAtMs: 0, body: null }, b)
    bench.do({ type: 'recover' })
    expect(Object.keys(bench.engine.replica?.state?.assignments ?? {})).toEqual(['one'])
    expect(vniOf(bench)).toBe(4_200)
  })
})
