import { describe, expect, test } from 'vitest'
import { type Edit, FORGETS_VOTE, HEARS_OLD_EPOCHS, LISTS_ITS_OWN, SENDS_FIRST, withEdit } from './planted.ts'
import { firstViolation, scenario } from './playing.fixture.ts'
import { play } from './scenario.ts'

describe('planted bugs are caught', () => {
  test('a vote forgotten by a restart', () => {
    expect(play(scenario('restart-after-vote'), FORGETS_VOTE).violation).toBe('c voted for a and b in term 1')
    expect(firstViolation(300, FORGETS_VOTE)).toContain(' voted for ')
  })

  test('hosts that listen to an epoch that is over', () => {
    expect(play(scenario('recovery')).violation).toBeNull()
    expect(play(scenario('recovery'), HEARS_OLD_EPOCHS).violation).toBe('no progress within 3s')
    expect(firstViolation(300, HEARS_OLD_EPOCHS)).not.toBeNull()
  })

  test('a list told from what a host happens to know: the books are right, the answers are not', () => {
    expect(firstViolation(20, LISTS_ITS_OWN)).toContain('answers: ')
  })

  test('sent before kept', () => {
    expect(firstViolation(20, SENDS_FIRST)).toMatch(/on disk/)
  })

  const byScenario: readonly (readonly [string, string, RegExp, Edit])[] = [
    [
      'an entry of an old term committed by counting',
      'figure-8',
      /^e leads in term \d+ without the committed entry 2 of term 1$/,
      { file: 'consensus/replication.ts', find: ' || s.log.termAt(index) !== s.hard.term', replace: '' },
    ],
    [
      'a second change of the configuration before the first is committed',
      'changes-at-once',
      /without the committed entry/,
      {
        file: 'consensus/membership.ts',
        find: "if (s.log.configurationIndex > s.commitIndex) return 'CHANGE_PENDING'",
        replace: '',
      },
    ],
    [
      'a change of the configuration before an entry of the term is committed',
      'early-change',
      /without the committed entry 4 of term 2/,
      {
        file: 'consensus/membership.ts',
        find: "? undefined : 'TERM_NOT_COMMITTED'",
        replace: '? undefined : undefined',
      },
    ],
    [
      'a leader that hears nobody and leads on',
      'deaf-leader',
      /^no progress within 6s$/,
      {
        file: 'consensus/replication.ts',
        find: '  else becomeFollower(s, s.hard.term, null)\n',
        replace: '  else keepLeading(s, leader)\n',
      },
    ],
    [
      'numbers the lost majority may have given out are given again',
      'recovery',
      /^vni\/409\d is given to user\/later, but an earlier epoch gave it to user\/(unseen|other)$/,
      { file: 'state/recover.ts', find: 'pools: quarantined(adopted)', replace: 'pools: adopted.pools' },
    ],
    [
      'two votes in one term',
      'restart-after-vote',
      /voted for a and b/,
      { file: 'consensus/election.ts', find: 's.hard.votedFor === null ||', replace: 's.hard.votedFor !== s.self ||' },
    ],
  ]
  test.each(byScenario)('%s', async (_, name, violation, edit) => {
    expect(play(scenario(name), await withEdit(edit)).violation).toMatch(violation)
  })

  const bySchedules: readonly (readonly [string, RegExp, Edit])[] = [
    [
      'a vote without a look at the log',
      /without the committed entry|commits|logs differ/,
      { file: 'consensus/election.ts', find: 'return lastTerm > s.log.lastTerm ||', replace: 'return true ||' },
    ],
    [
      'a snapshot without its term',
      /./,
      { file: 'consensus/log.ts', find: 'return this.#snapshot.term\n', replace: 'return 0\n' },
    ],
    [
      'an append without a look at the term before',
      /./,
      { file: 'consensus/follow.ts', find: '=== previousTerm', replace: '!== undefined' },
    ],
    [
      'learners counted',
      /on disk only at/,
      {
        file: 'consensus/replication.ts',
        find: 'reachedByMajority(s.log.configuration.voters,',
        replace: 'reachedByMajority([...s.log.configuration.voters, ...s.log.configuration.learners],',
      },
    ],
    [
      'a follower that commits beyond what matches',
      /commits/,
      {
        file: 'consensus/follow.ts',
        find: 'Math.min(message.commit, matchIndex)',
        replace: 'Math.min(message.commit, s.log.lastIndex)',
      },
    ],
    [
      'a leader that commits its entries before it has written them',
      /on disk/,
      {
        file: 'consensus/replication.ts',
        find: 's.out.needsNoWrite()\n  s.out.keepEntries(entries)\n  advanceCommit(s, leader)\n',
        replace: 'advanceCommit(s, leader)\n  s.out.needsNoWrite()\n  s.out.keepEntries(entries)\n',
      },
    ],
    [
      'a number reused before its rest',
      /is given to \S+ after a rest of \d+ ms/,
      { file: 'allocation/pool.ts', find: 'draft.resting.set([nowMs + restMs,', replace: 'draft.resting.set([nowMs,' },
    ],
    [
      'a token spent twice',
      /is good for \d and let in/,
      {
        file: 'state/hosts.ts',
        find: 'token.usedBy.length >= token.uses',
        replace: 'token.usedBy.length > token.uses',
      },
    ],
    [
      'a retry that is carried out twice',
      /^seed \d+: request \S+ was answered /,
      { file: 'state/machine.ts', find: 'if (before) return { state, result: before }', replace: '' },
    ],
    [
      'a NIC given to a second test',
      /is given to test \d while test \d uses it/,
      {
        file: 'state/tests.ts',
        find: 'held === undefined || held.test === test) continue',
        replace: 'held !== null) continue',
      },
    ],
    [
      'NICs kept by a test whose time is over',
      /the books and the state differ|are said to be used, by nobody/,
      { file: 'state/leases.ts', find: 'nics.delete(name.slice(NIC.length))', replace: '' },
    ],
    [
      'numbers of tests given twice',
      /^seed \d+: number \d+ is given, but numbers up to/,
      { file: 'state/tests.ts', find: '[name]: before + count }', replace: '[name]: before + 1 }' },
    ],
    [
      'two hosts of one name',
      /are both called/,
      { file: 'state/hosts.ts', find: 'other.name === host.name', replace: 'other.name === host.id' },
    ],
    [
      'a lease that never ends',
      /the books and the state differ|(?:is|are) said to be|given while|after a rest|frees \d+ numbers/,
      { file: 'state/leases.ts', find: 'first > state.nowMs) return', replace: 'first > 0) return' },
    ],
    [
      'a snapshot that forgets which numbers rest',
      /has state|after a rest/,
      {
        file: 'allocation/pool-codec.ts',
        find: '[...pool.resting.entries()].map(',
        replace: '[...pool.resting.entries()].slice(1e9).map(',
      },
    ],
    [
      'a snapshot that forgets the answers given',
      /has state|was answered/,
      { file: 'state/snapshot.ts', find: 'young: rows(answers.young)', replace: 'young: []' },
    ],
  ]
  test.each(bySchedules)('%s', async (_, violation, edit) => {
    expect(firstViolation(300, await withEdit(edit))?.split('\n')[0]).toMatch(violation)
  })
})
