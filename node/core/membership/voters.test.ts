import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rosterEntry } from '#testing/samples.ts'
import { changed } from '../consensus/membership.ts'
import { isMajority } from '../consensus/quorum.ts'
import type { HostId } from '../model/ids.ts'
import type { RosterEntry } from '../model/record.ts'
import {
  heir,
  nextVoterChange,
  REPLACE_VOTER_AFTER_MS,
  type VoterChange,
  type VoterInput,
  voterCount,
} from './voters.ts'

const ids = (...names: string[]): HostId[] => names as HostId[]
const LONG = REPLACE_VOTER_AFTER_MS + 1

interface Case {
  readonly voters: string
  readonly learners?: string
  /** Core hosts, drained ones with `-`. */
  readonly cores: string
  readonly dead?: Readonly<Record<string, number>>
  readonly leader?: string
}

const input = ({ voters, learners = '', cores, dead = {}, leader = 'a' }: Case): VoterInput => ({
  leader: leader as HostId,
  voters: ids(...voters),
  learners: ids(...learners),
  roster: (cores.match(/-?./g) ?? []).map((text): RosterEntry => {
    const drained = text.startsWith('-') ? { drained: true as const } : {}
    const name = text.replace('-', '')
    return rosterEntry(name as HostId, { name, role: 'core', ...drained })
  }),
  replaceAfterMs: REPLACE_VOTER_AFTER_MS,
  isAlive: (host) => dead[host] === undefined,
  downForMs: (host) => dead[host] ?? 0,
  isReady: () => true,
  understands: () => true,
})
const change = (type: VoterChange['type'], host: string): VoterChange => ({ type, host: host as HostId })

describe('voters', () => {
  test.each([
    [1, 1],
    [2, 1],
    [3, 3],
    [6, 3],
    [7, 5],
    [12, 5],
  ])('%i core hosts have %i voters', (cores, voters) => {
    expect(voterCount(cores)).toBe(voters)
  })

  test.each<[string, Case, VoterChange | undefined]>([
    ['a second core host only learns', { voters: 'a', cores: 'ab' }, change('add-learner', 'b')],
    ['and stays a learner', { voters: 'a', learners: 'b', cores: 'ab' }, undefined],
    ['the third brings two votes, the first', { voters: 'a', learners: 'bc', cores: 'abc' }, change('promote', 'b')],
    ['and the second', { voters: 'ab', learners: 'c', cores: 'abc' }, change('promote', 'c')],
    [
      'but no single one: two voters bear less than one',
      { voters: 'a', learners: 'bc', cores: 'abc', dead: { b: 1 } },
      undefined,
    ],
    ['a removed learner goes first', { voters: 'ab', learners: 'x', cores: 'ab' }, change('remove', 'x')],
    ['a removed voter goes', { voters: 'abx', cores: 'ab' }, change('remove', 'x')],
    [
      'a voter down for a short while stays',
      { voters: 'abc', learners: 'd', cores: 'abcd', dead: { b: 1_000 } },
      undefined,
    ],
    [
      'a long dead one makes room',
      { voters: 'abc', learners: 'd', cores: 'abcd', dead: { b: LONG } },
      change('demote', 'b'),
    ],
    [
      'which a learner takes',
      { voters: 'ac', learners: 'bd', cores: 'abcd', dead: { b: LONG } },
      change('promote', 'd'),
    ],
    ['nobody is demoted where nobody can take over', { voters: 'abc', cores: 'abc', dead: { b: LONG } }, undefined],
    [
      'nothing without a majority',
      { voters: 'abc', learners: 'd', cores: 'abcd', dead: { b: LONG, c: LONG } },
      undefined,
    ],
    [
      'the heir of a drained voter votes before it loses its vote',
      { voters: 'abc', learners: 'd', cores: 'ab-cd' },
      change('promote', 'd'),
    ],
    ['and then it loses it', { voters: 'abcd', cores: 'ab-cd' }, change('demote', 'c')],
    [
      'a drained one that is silent loses its vote at once',
      { voters: 'abc', learners: 'd', cores: 'ab-cd', dead: { c: 1 } },
      change('demote', 'c'),
    ],
    ['three without one are two, who have one vote', { voters: 'abc', cores: 'ab-c' }, change('demote', 'c')],
    ['of the two the leader keeps it', { voters: 'ab', learners: 'c', cores: 'ab-c' }, change('demote', 'b')],
    [
      'a live voter keeps its vote where the rest would be no majority',
      { voters: 'abc', learners: 'd', cores: 'ab-cd', dead: { b: 1, d: 1 } },
      undefined,
    ],
    [
      'a drained leader that is alone gets an heir',
      { voters: 'a', learners: 'b', cores: '-ab' },
      change('promote', 'b'),
    ],
    ['and keeps its vote until that one leads', { voters: 'ab', cores: '-ab' }, undefined],
    ['who then takes it', { voters: 'ab', cores: '-ab', leader: 'b' }, change('demote', 'a')],
    ['where all are drained nothing changes', { voters: 'abc', cores: '-a-b-c' }, undefined],
    ['a drained host learns along', { voters: 'a', cores: 'a-b' }, change('add-learner', 'b')],
  ])('%s', (_, given, expected) => {
    expect(nextVoterChange(input(given))).toEqual(expected)
  })

  test('a learner that has the log gets the vote before one that has not', () => {
    const given = input({ voters: 'ab', learners: 'cd', cores: 'abcd' })
    expect(nextVoterChange({ ...given, isReady: (host) => host === 'd' })).toEqual(change('promote', 'd'))
  })
})

describe('heir', () => {
  const matchOf = (host: HostId): number => ({ b: 5, c: 9, d: 7 })[host as string] ?? 0
  test.each<[string, Case, string | undefined]>([
    ['the one with most of the log', { voters: 'abcd', cores: 'abcd' }, 'c'],
    ['that is alive', { voters: 'abcd', cores: 'abcd', dead: { c: 1 } }, 'd'],
    ['and keeps its vote', { voters: 'abcd', cores: 'ab-cd' }, 'd'],
    ['else any that is alive', { voters: 'abc', cores: '-a-b-c' }, 'c'],
    ['nobody where it is alone', { voters: 'a', learners: 'b', cores: 'ab' }, undefined],
  ])('%s', (_, given, expected) => {
    expect(heir({ ...input(given), matchOf })).toBe(expected)
  })
})

/** A mesh of up to nine hosts in any state a history of changes can leave it in; `a` leads and is a voter. */
const situation = fc
  .array(
    fc.record({
      seat: fc.constantFrom('voter', 'learner', 'none'),
      roster: fc.constantFrom('core', 'core', 'core', 'drained', 'worker', 'removed'),
      dead: fc.constantFrom(undefined, undefined, undefined, 1_000, LONG),
      ready: fc.boolean(),
    }),
    { minLength: 0, maxLength: 8 },
  )
  .chain((others) => fc.constantFrom('core' as const, 'drained' as const).map((first) => ({ first, others })))
  .map(({ first, others }) => {
    const hosts = [{ seat: 'voter', roster: first as string, dead: undefined, ready: true }, ...others]
    const named = hosts.map((host, at) => ({ ...host, id: String.fromCharCode(97 + at) as HostId }))
    const dead = new Map(named.flatMap(({ id, dead }) => (dead === undefined ? [] : [[id, dead] as const])))
    return {
      leader: named[0]?.id ?? ('a' as HostId),
      voters: named.filter(({ seat }) => seat === 'voter').map(({ id }) => id),
      learners: named.filter(({ seat }) => seat === 'learner').map(({ id }) => id),
      roster: named.map(({ id, roster }) =>
        rosterEntry(id, {
          name: id,
          role: roster === 'worker' ? 'worker' : 'core',
          state: roster === 'removed' ? 'removed' : 'admitted',
          ...(roster === 'drained' ? { drained: true as const } : {}),
        }),
      ),
      replaceAfterMs: REPLACE_VOTER_AFTER_MS,
      isAlive: (host: HostId) => !dead.has(host),
      downForMs: (host: HostId) => dead.get(host) ?? 0,
      isReady: (host: HostId) => named.find(({ id }) => id === host)?.ready === true,
      understands: () => true,
    } satisfies VoterInput
  })

/** Every configuration that repeated changes lead to, the first included; fails where they do not end. */
const walk = (from: VoterInput): readonly VoterInput[] => {
  const path = [from]
  for (let now = from; ; ) {
    const step = nextVoterChange(now)
    if (step === undefined) return path
    now = { ...now, ...changed(now, step) }
    path.push(now)
    expect(path.length, 'changes come to an end').toBeLessThan(40)
  }
}

describe('from any situation', () => {
  const isThere =
    ({ leader, isAlive }: VoterInput) =>
    (host: HostId): boolean =>
      host === leader || isAlive(host)

  test('changes end, keep the leader a voter, and never leave a configuration whose majority is dead', () => {
    fc.assert(
      fc.property(situation, (from) => {
        const path = walk(from)
        const stood = isMajority(from.voters, isThere(from))
        expect(path.length > 1 && !stood).toBe(false)
        for (const now of path) {
          expect(now.voters).toContain(from.leader)
          if (stood) expect(isMajority(now.voters, isThere(now))).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('with a majority they end where they should: only those who may vote, as many as wanted where so many are there', () => {
    fc.assert(
      fc.property(situation, (from) => {
        const path = walk(from)
        const end = path.at(-1) ?? from
        if (!isMajority(from.voters, isThere(from))) return
        const allowed = from.roster.filter((host) => host.role === 'core' && host.state === 'admitted' && !host.drained)
        const mayVote = new Set(allowed.map(({ id }) => id))
        const there = allowed.filter(({ id }) => isThere(from)(id))
        const members = new Set([...end.voters, ...end.learners])
        const cores = from.roster.filter(({ role, state }) => role === 'core' && state === 'admitted')
        expect(cores.filter(({ id }) => !members.has(id))).toEqual([])
        // The leader waits for its heir; all the others are there: nothing stands in the way of what is wanted.
        if (there.length < allowed.length || allowed.length === 0) return
        const expected = voterCount(allowed.length)
        const votes = end.voters.filter((host) => mayVote.has(host))
        expect(votes).toHaveLength(expected)
        expect(end.voters.filter((host) => !mayVote.has(host) && host !== from.leader)).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })

  test('a dead voter is replaced wherever another host can take its vote', () => {
    fc.assert(
      fc.property(situation, (from) => {
        const end = walk(from).at(-1) ?? from
        if (!isMajority(end.voters, isThere(end))) return
        const allowed = from.roster.filter((host) => host.role === 'core' && host.state === 'admitted' && !host.drained)
        const spare = allowed.some(({ id }) => end.learners.includes(id) && from.isAlive(id))
        const dead = end.voters.some((host) => host !== from.leader && from.downForMs(host) > from.replaceAfterMs)
        expect(spare && dead).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })
})
