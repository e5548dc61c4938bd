import { describe, expect, test } from 'vitest'
import type { HostId } from '../model/ids.ts'
import type { Command } from '../state/commands.ts'
import { initialState } from '../state/machine.ts'
import { encodeState } from '../state/snapshot.ts'
import type { Effect } from './effect.ts'
import { Replica } from './replica.ts'

const [a, b, c] = ['hostA', 'hostB', 'hostC'] as [HostId, HostId, HostId]
const first = {
  id: a,
  name: 'a',
  role: 'core' as const,
  addresses: ['10.0.0.1'],
  port: 4801,
  wgPublicKey: 'k',
  wgPort: 51820,
}
const state = encodeState(initialState({ meshId: 'm', first, nowMs: 0 }))

const replicaOf = (...voters: readonly HostId[]): Replica =>
  new Replica({
    self: a,
    persisted: {
      hard: { term: 1, votedFor: null },
      snapshot: { index: 1, term: 1, configuration: { voters, learners: [] }, state },
      entries: [],
    },
    raft: { electionTimeoutMs: 1_000, heartbeatMs: 200 },
    nowMs: 0,
    epoch: () => 1,
    refusal: () => undefined,
    random: () => 0.5,
  })

const revoke = (requestId: string): Command => ({ type: 'revoke-token', requestId, nowMs: 0, id: 't1' })
const sentTo = (effects: readonly Effect[], type: string): readonly HostId[] =>
  effects.flatMap((effect) => (effect.type === 'send' && effect.message.type === type ? [effect.to] : []))
const entriesIn = (effects: readonly Effect[]): number =>
  effects.reduce((sum, effect) => sum + (effect.type === 'persist' ? (effect.entries?.length ?? 0) : 0), 0)

/** A replica of three voters that leads in term 2. */
const leading = (): Replica => {
  const replica = replicaOf(a, b, c)
  replica.tick(1_500)
  replica.step(b, { type: 'pre-vote-reply', term: 1, asked: 2, granted: true }, 1_500)
  replica.step(b, { type: 'vote-reply', term: 2, granted: true }, 1_500)
  replica.step(b, { type: 'append-ok', term: 2, matchIndex: 2 }, 1_500)
  return replica
}

describe('requests', () => {
  test('one that is sent again while it is under way makes no second entry and has one answer', () => {
    const replica = leading()
    expect(entriesIn(replica.propose([revoke('r1'), revoke('r2')], 1_500))).toBe(2)
    expect(replica.propose([revoke('r1')], 1_600)).toEqual([])
    expect(entriesIn(replica.propose([revoke('r2'), revoke('r3')], 1_600))).toBe(1)
    const effects = replica.step(b, { type: 'append-ok', term: 2, matchIndex: 5 }, 1_700)
    const answered = effects.flatMap((effect) => (effect.type === 'outcome' ? [effect.requestId] : []))
    expect(answered).toEqual(['r1', 'r2', 'r3'])
    expect(entriesIn(replica.propose([revoke('r1')], 1_800))).toBe(1)
  })
})

describe('a connection that breaks off', () => {
  const following = (): Replica => {
    const replica = replicaOf(a, b, c)
    const beat = { type: 'append', term: 1, previousIndex: 1, previousTerm: 1, entries: [], commit: 1 } as const
    replica.step(b, beat, 10)
    return replica
  }

  test('to the leader: others are asked for votes soon', () => {
    const replica = following()
    replica.peerLost(b, 20)
    expect(replica.standing.leader).toBeNull()
    expect(sentTo(replica.tick(320), 'pre-vote')).toEqual([b, c])
  })

  test('to another host: nothing happens', () => {
    const replica = following()
    expect(replica.peerLost(c, 20)).toEqual([])
    expect(replica.standing.leader).toBe(b)
    expect(sentTo(replica.tick(320), 'pre-vote')).toEqual([])
  })
})
