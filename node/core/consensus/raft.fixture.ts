import type { HostId } from '#core/model/ids.ts'
import type { Message } from './messages.ts'
import { Raft } from './raft.ts'
import type { Configuration, Entry, EntryData, Persisted, RaftEffect } from './types.ts'

/** Election timeout of the hosts made here; their draws are all 0, so elections come exactly then. */
export const TIMEOUT_MS = 1000

/** A test's host id. */
export const id = (name: string): HostId => name as HostId

const ids = (names: string): readonly HostId[] =>
  names
    .split(' ')
    .filter((name) => name !== '')
    .map(id)

/** `voting('a b', 'c')`: two voters and a learner. */
export const voting = (voters: string, learners = ''): Configuration => ({
  voters: ids(voters),
  learners: ids(learners),
})

/** An entry; a command named after its place unless told otherwise. */
export const entry = (
  index: number,
  term: number,
  data: EntryData = { type: 'command', command: `${index}:${term}` },
): Entry => ({
  index,
  term,
  data,
})

/** What a store holds: entries of the terms given from index 1 on (or after the snapshot). */
export function persisted(terms: readonly number[], rest: Partial<Persisted> = {}): Persisted {
  const snapshot = rest.snapshot ?? { index: 0, term: 0, configuration: voting('a b c'), state: null }
  const entries = rest.entries ?? terms.map((term, i) => entry(snapshot.index + 1 + i, term))
  const hard = rest.hard ?? { term: entries.at(-1)?.term ?? snapshot.term, votedFor: null }
  return { hard, snapshot, entries }
}

/** Host `a`, started at time 0. */
export function raftOf(kept: Persisted, batchEntries?: number): Raft {
  const config = {
    electionTimeoutMs: TIMEOUT_MS,
    heartbeatMs: 100,
    ...(batchEntries === undefined ? {} : { batchEntries }),
  }
  return new Raft({ self: id('a'), config, persisted: kept, nowMs: 0, random: () => 0 })
}

/** The messages among `effects`, as `to` and message. */
export function sent(effects: readonly RaftEffect[]): readonly { readonly to: HostId; readonly message: Message }[] {
  return effects.filter((effect) => effect.type === 'send').map(({ to, message }) => ({ to, message }))
}

/** The indexes committed by `effects`. */
export function committed(effects: readonly RaftEffect[]): readonly number[] {
  return effects.flatMap((effect) => (effect.type === 'commit' ? effect.entries.map(({ index }) => index) : []))
}

/** Makes `raft` the leader, by the votes of `voters`, at the time of its first election. Returns its term. */
export function elect(raft: Raft, voters: readonly string[] = ['b']): number {
  const asked = raft.status.term + 1
  raft.tick(TIMEOUT_MS)
  for (const voter of voters)
    raft.step(id(voter), { type: 'pre-vote-reply', term: asked - 1, asked, granted: true }, TIMEOUT_MS)
  for (const voter of voters) raft.step(id(voter), { type: 'vote-reply', term: asked, granted: true }, TIMEOUT_MS)
  return asked
}
