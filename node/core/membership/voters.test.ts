import { describe, expect, test } from 'vitest'
import { rosterEntry } from '#testing/samples.ts'
import type { HostId } from '../model/ids.ts'
import type { RosterEntry } from '../model/record.ts'
import { nextVoterChange, REPLACE_VOTER_AFTER_MS, type VoterChange, voterCount } from './voters.ts'

const ids = (...names: string[]): HostId[] => names as HostId[]
const core = (id: string): RosterEntry => rosterEntry(id as HostId, { name: id, role: 'core' })
const input = (over: { voters: HostId[]; learners: HostId[]; cores: string[]; dead?: Record<string, number> }) => ({
  leader: 'a' as HostId,
  voters: over.voters,
  learners: over.learners,
  roster: over.cores.map(core),
  isAlive: (host: HostId) => over.dead?.[host] === undefined,
  downForMs: (host: HostId) => over.dead?.[host] ?? 0,
})

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

  test.each<[string, Parameters<typeof input>[0], VoterChange | undefined]>([
    [
      'a second core host only learns',
      { voters: ids('a'), learners: [], cores: ['a', 'b'] },
      { type: 'add-learner', host: 'b' as HostId },
    ],
    ['and stays a learner', { voters: ids('a'), learners: ids('b'), cores: ['a', 'b'] }, undefined],
    [
      'the third brings two promotions, the first',
      { voters: ids('a'), learners: ids('b', 'c'), cores: ['a', 'b', 'c'] },
      { type: 'promote', host: 'b' as HostId },
    ],
    [
      'and the second',
      { voters: ids('a', 'b'), learners: ids('c'), cores: ['a', 'b', 'c'] },
      { type: 'promote', host: 'c' as HostId },
    ],
    [
      'a removed host goes first',
      { voters: ids('a', 'b', 'x'), learners: [], cores: ['a', 'b'] },
      { type: 'remove', host: 'x' as HostId },
    ],
    [
      'a voter down for a short while stays',
      { voters: ids('a', 'b', 'c'), learners: ids('d'), cores: ['a', 'b', 'c', 'd'], dead: { b: 1_000 } },
      undefined,
    ],
    [
      'a long dead one makes room',
      {
        voters: ids('a', 'b', 'c'),
        learners: ids('d'),
        cores: ['a', 'b', 'c', 'd'],
        dead: { b: REPLACE_VOTER_AFTER_MS + 1 },
      },
      { type: 'demote', host: 'b' as HostId },
    ],
    [
      'which a learner takes',
      {
        voters: ids('a', 'c'),
        learners: ids('b', 'd'),
        cores: ['a', 'b', 'c', 'd'],
        dead: { b: REPLACE_VOTER_AFTER_MS + 1 },
      },
      { type: 'promote', host: 'd' as HostId },
    ],
    [
      'nobody is demoted where nobody can take over',
      { voters: ids('a', 'b', 'c'), learners: [], cores: ['a', 'b', 'c'], dead: { b: REPLACE_VOTER_AFTER_MS + 1 } },
      undefined,
    ],
  ])('%s', (_, given, expected) => {
    expect(nextVoterChange(input(given))).toEqual(expected)
  })
})
