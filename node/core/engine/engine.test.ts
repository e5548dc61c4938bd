import { describe, expect, test } from 'vitest'
import { labSample } from '#testing/lab-samples.ts'
import type { Message } from '../consensus/messages.ts'
import type { Entry } from '../consensus/types.ts'
import type { HostId, LabName } from '../model/ids.ts'
import type { LabIntent } from '../model/lab.ts'
import type { RecordDraft, VerifiedRecord } from '../model/record.ts'
import { initialState } from '../state/machine.ts'
import { encodeState } from '../state/snapshot.ts'
import type { Effect } from './effect.ts'
import { Engine } from './engine.ts'
import type { Event } from './event.ts'

const a = 'hostA' as HostId
const intent = (name: string, host?: string): LabIntent =>
  labSample({ name, nodes: { r1: host === undefined ? {} : { host }, r2: {} }, links: [['r1:eth1', 'r2:eth1']] })

/** One host that signs nothing and keeps nothing: publishes come back as own records. */
class Bench {
  nowMs = 0
  sequence = 0
  readonly effects: Effect[] = []
  readonly engine: Engine

  constructor(log: { voters?: readonly HostId[]; entries?: readonly Entry[] } = {}) {
    const first = {
      id: a,
      name: 'a',
      role: 'core' as const,
      addresses: ['10.0.0.1'],
      port: 4801,
      wgPublicKey: 'k',
      wgPort: 51820,
    }
    const state = initialState({ meshId: 'm', first, nowMs: 0 })
    const persisted = {
      hard: { term: 1, votedFor: null },
      snapshot: {
        index: 1,
        term: 1,
        configuration: { voters: log.voters ?? [a], learners: [] },
        state: encodeState(state),
      },
      entries: log.entries ?? [],
    }
    this.engine = new Engine({
      self: a,
      version: '0',
      isCore: true,
      persisted,
      records: [],
      active: {},
      raft: { electionTimeoutMs: 1_000, heartbeatMs: 200 },
      at: { nowMs: 0, wallMs: 0 },
      random: () => 0.5,
    })
  }

  do(event: Event): void {
    const queue = [...this.engine.handle(event, { nowMs: this.nowMs, wallMs: this.nowMs })]
    for (let effect = queue.shift(); effect !== undefined; effect = queue.shift()) {
      this.effects.push(effect)
      if (effect.type === 'publish')
        queue.push(
          ...this.engine.handle(
            { type: 'record', record: this.sign(effect.draft), own: true },
            { nowMs: this.nowMs, wallMs: this.nowMs },
          ),
        )
    }
  }

  sign(draft: RecordDraft): VerifiedRecord {
    return { ...draft, author: a, fresh: [1, 1, ++this.sequence], signature: '' } as unknown as VerifiedRecord
  }

  run(ms: number): void {
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; this.nowMs += 100) this.do({ type: 'tick' })
  }

  of<T extends Effect['type']>(type: T): Extract<Effect, { type: T }>[] {
    return this.effects.filter((effect) => effect.type === type) as Extract<Effect, { type: T }>[]
  }
}

describe('engine of one host', () => {
  test('leads, publishes its roster, beats', () => {
    const bench = new Bench()
    bench.run(2_500)
    expect(bench.engine.leader).toMatchObject({ host: a })
    expect(bench.engine.roster?.hosts.map((host) => [host.name, host.overlayAddress])).toEqual([['a', '10.213.0.1']])
    expect(bench.of('publish').filter((effect) => effect.draft.kind === 'heartbeat').length).toBeGreaterThanOrEqual(2)
  })

  test('looks at its tunnels when its own network, or that of another host, carries something else', () => {
    const bench = new Bench()
    bench.run(2_500)
    const looks = (event: Event): number => {
      const before = bench.of('reconcile').length
      bench.do(event)
      return bench.of('reconcile').length - before
    }
    const facts = (underlayMtuBytes: number): Event => ({
      type: 'facts',
      cpuFree: 1,
      memFreeMiB: 1,
      isStarved: false,
      underlayMtuBytes,
    })
    expect([1_500, 9_000, 9_000, 1_400].map((mtu) => looks(facts(mtu)))).toEqual([0, 1, 0, 1])
    expect(bench.engine.underlayMtu(a)).toBe(1_400)
    const b = 'hostB' as HostId
    const beat = (mtu: object): Event => {
      const body = { v: '1', cpu: 1, mem: 1, ...mtu }
      const draft = { kind: 'heartbeat', key: b, version: [], expiresAtMs: 0, body } as const
      return { type: 'record', record: { ...bench.sign(draft), author: b }, own: false }
    }
    expect([{}, { mtu: 1_400 }, { mtu: 1_400 }, {}].map((mtu) => looks(beat(mtu)))).toEqual([0, 1, 0, 1])
    expect(bench.engine.underlayMtu(b)).toBe(1_500)
  })

  test('a submitted lab is assigned with numbers after its entry is kept, and activated', () => {
    const bench = new Bench()
    bench.run(500)
    bench.do({ type: 'submit', lab: 'one', intent: intent('one') })
    bench.run(1_000)
    const active = bench.engine.active.get('one')
    expect(active?.assignment.hosts).toEqual({ r1: a, r2: a })
    expect(active?.assignment.segments['r1:eth1--r2:eth1' as never]).toMatchObject({
      vni: null,
      vlans: { [a]: 1 },
      mtuBytes: 9500,
    })
    const kinds = bench.effects.map((effect) => effect.type)
    const decided = bench.effects.findIndex((effect) => effect.type === 'publish' && effect.draft.kind === 'assignment')
    expect(kinds.slice(0, decided)).toContain('persist')
    expect(bench.of('activate')).toHaveLength(1)
    expect(bench.of('reconcile').length).toBeGreaterThan(0)
  })

  test('a running lab stays as it is until the next version has its own answer', () => {
    const bench = new Bench()
    bench.run(500)
    bench.do({ type: 'submit', lab: 'one', intent: intent('one') })
    bench.run(500)
    bench.do({ type: 'submit', lab: 'one', intent: intent('one', 'nowhere') })
    bench.run(1_000)
    expect(bench.engine.active.get('one')?.intent.nodes[0]?.host).toBeUndefined()
    expect(bench.engine.book.get('status', `${a}/`)?.body).toMatchObject({
      one: { code: 'PLACEMENT_IMPOSSIBLE', message: expect.stringContaining('nowhere') },
    })
    bench.do({ type: 'submit', lab: 'one', intent: intent('one') })
    bench.run(1_000)
    expect(bench.engine.active.get('one')?.assignment.intentVersion.startsWith('3.')).toBe(true)
    expect(bench.engine.book.get('status', `${a}/`)?.body).toEqual({})
  })

  test('a tombstone ends a lab at once and gives its numbers back', () => {
    const bench = new Bench()
    bench.run(500)
    bench.do({ type: 'submit', lab: 'one', intent: intent('one') })
    bench.run(500)
    bench.do({ type: 'submit', lab: 'one', intent: null })
    expect(bench.of('deactivate')).toHaveLength(1)
    bench.run(1_000)
    expect(bench.engine.replica?.state?.assignments).toEqual({})
    expect(bench.engine.book.get('assignment', 'one')?.body).toBeNull()
    bench.do({ type: 'submit', lab: 'one', intent: intent('one') })
    bench.run(1_000)
    expect(bench.engine.active.get('one')?.assignment.intentVersion.startsWith('3.')).toBe(true)
  })

  test('an assignment whose VNI another lab holds is refused and told', () => {
    const bench = new Bench()
    bench.run(500)
    const vni = (lab: string, index: number): void => {
      const version = [1, index, a]
      const body = {
        lab: lab as LabName,
        intentVersion: version.join('.'),
        hosts: {},
        segments: { s: { vni: 4096, vlans: {}, mtuBytes: 1370 } },
        macs: {},
        epoch: 1,
        term: 99,
        index,
      }
      bench.do({
        type: 'record',
        own: false,
        record: bench.sign({ kind: 'intent', key: lab, version, expiresAtMs: 0, body: intent(lab) }),
      })
      bench.do({
        type: 'record',
        own: false,
        record: bench.sign({ kind: 'assignment', key: lab, version: [1, 99, index], expiresAtMs: 0, body }),
      })
    }
    vni('one', 1)
    vni('two', 2)
    expect(bench.engine.active.has('one')).toBe(true)
    expect(bench.engine.active.get('two')?.assignment.segments).not.toHaveProperty('s')
    expect(bench.of('notice').map((effect) => effect.code)).toContain('ALLOCATION_CONFLICT')
  })

  test('stamps what it is asked with its own time: another clock may be wrong', () => {
    const bench = new Bench()
    bench.run(500)
    bench.do({ type: 'propose', commands: [{ type: 'expire', requestId: 'r', nowMs: 9e12 }] })
    expect(bench.of('outcome')).toMatchObject([{ requestId: 'r', result: { ok: true } }])
    expect(bench.engine.replica?.state?.nowMs).toBe(bench.nowMs)
  })

  test('answers a proposal once it is committed', () => {
    const bench = new Bench()
    bench.run(500)
    bench.do({
      type: 'propose',
      commands: [
        {
          type: 'create-token',
          requestId: 'r',
          nowMs: 0,
          id: 't1',
          verifier: 'A'.repeat(43),
          role: 'core',
          uses: 1,
          expiresAtMs: 9e9,
        },
      ],
    })
    expect(bench.of('outcome')).toMatchObject([{ requestId: 'r', result: { ok: true } }])
    const at = bench.effects.findIndex((effect) => effect.type === 'outcome')
    expect(bench.effects.slice(0, at).some((effect) => effect.type === 'persist')).toBe(true)
  })

  test('a restarted leader tells nothing from its old state before an entry of its own term is committed', () => {
    const [b, c] = ['hostB', 'hostC'] as HostId[]
    const voters = [a, b, c] as HostId[]
    const admitted = { type: 'command', command: { type: 'revoke-token', requestId: 'x', nowMs: 0, id: 't1' } } as const
    const bench = new Bench({ voters, entries: [{ index: 2, term: 1, data: admitted }] })
    const say = (from: HostId | undefined, message: Message): void =>
      bench.do({ type: 'raft', from: from ?? a, epoch: 1, message })
    bench.run(4_000)
    const asked = bench.of('send').findLast((effect) => effect.message.type === 'pre-vote')?.message
    if (asked?.type !== 'pre-vote') throw new Error('no pre-vote was sent')
    say(b, { type: 'pre-vote-reply', term: 1, asked: asked.term, granted: true })
    say(b, { type: 'vote-reply', term: asked.term, granted: true })
    expect(bench.engine.replica?.status.role).toBe('leader')
    bench.run(300)
    expect(bench.of('publish').filter((effect) => effect.draft.kind === 'roster')).toEqual([])
    say(b, { type: 'append-ok', term: asked.term, matchIndex: 3 })
    bench.run(600)
    expect(bench.of('publish').filter((effect) => effect.draft.kind === 'roster')).toHaveLength(1)
  })
})

describe('events of hosts', () => {
  const body = { after: [0, 0], events: [[1, 1, 5, 'info', 'LINK_UP', 'x']] }
  const b = 'hostB' as HostId
  const from = (author: HostId, sequence: number): VerifiedRecord =>
    ({
      ...{ kind: 'events', key: author, author, fresh: [1, 1, sequence], version: [], expiresAtMs: 0, body },
      signature: '',
    }) as unknown as VerifiedRecord

  test('are held for sync, the newest record of each host, and are neither kept on disk nor decided by', () => {
    const bench = new Bench()
    bench.run(1_000)
    bench.effects.length = 0
    for (const sequence of [2, 2, 1, 3]) bench.do({ type: 'record', record: from(b, sequence), own: false })
    for (const sequence of [1, 2]) bench.do({ type: 'record', record: from(a, sequence), own: true })
    expect(bench.effects).toEqual([])
    expect(bench.engine.book.of('events').map(({ key, fresh }) => [key, fresh[2]])).toEqual([
      [b, 3],
      [a, 2],
    ])
  })
})
