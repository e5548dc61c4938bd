import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Edit, FORGETS_VOTE, SENDS_FIRST, withEdit } from './planted.ts'
import { play } from './scenario.ts'
import { makeSchedule } from './schedule.ts'
import type { Parts } from './world.ts'

const FOLDER = join(import.meta.dirname, 'scenarios')
const scenario = (name: string): string => readFileSync(join(FOLDER, `${name}.txt`), 'utf8')

function firstViolation(seeds: number, parts?: Parts): string | null {
  for (let seed = 1; seed <= seeds; seed++) {
    const text = makeSchedule(seed)
    const { transcript, violation } = play(text, parts)
    if (violation !== null) return [`seed ${seed}: ${violation}`, text, ...transcript.slice(-40)].join('\n')
  }
  return null
}

describe('scenarios', () => {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => file.slice(0, -4))
  // Change an expected transcript only if you understand the change.
  test.each(names)('%s', async (name) => {
    const { transcript, violation } = play(scenario(name))
    expect(violation).toBeNull()
    await expect(`${transcript.join('\n')}\n`).toMatchFileSnapshot(join(FOLDER, `${name}.out`))
  })

  test('a mistake is told with its line', () => {
    expect(() => play('hosts a b\nrun 5')).toThrow("line 2: '5' is no duration")
    expect(() => play('hosts a b\nfly a')).toThrow("line 2: 'fly' is no step")
    expect(() => play('hosts a b\ncrash z')).toThrow("line 2: there is no host 'z'")
    expect(() => play('drift fast')).toThrow("line 1: 'fast' is no share")
  })
})

describe('schedules', () => {
  test('300 seeded ones break no invariant and make progress after healing', () => {
    expect(firstViolation(300)).toBeNull()
  })

  test('the same seed gives the same run', () => {
    expect(play(makeSchedule(11))).toEqual(play(makeSchedule(11)))
    expect(makeSchedule(11)).not.toEqual(makeSchedule(12))
  })
})

describe('planted bugs are caught', () => {
  test('a vote forgotten by a restart', () => {
    expect(play(scenario('restart-after-vote'), FORGETS_VOTE).violation).toBe('c voted for a and b in term 1')
    expect(firstViolation(300, FORGETS_VOTE)).toContain(' voted for ')
  })

  test('sent before kept', () => {
    expect(firstViolation(20, SENDS_FIRST)).toMatch(/on disk/)
  })

  const byScenario: readonly (readonly [string, string, RegExp, Edit])[] = [
    [
      'an entry of an old term committed by counting',
      'figure-8',
      /^e leads in term \d+ without the committed entry 2 of term 1$/,
      { file: 'replication.ts', find: ' || s.log.termAt(index) !== s.hard.term', replace: '' },
    ],
    [
      'a second change of the configuration before the first is committed',
      'changes-at-once',
      /without the committed entry/,
      {
        file: 'membership.ts',
        find: "if (s.log.configurationIndex > s.commitIndex) return 'CHANGE_PENDING'",
        replace: '',
      },
    ],
    [
      'a change of the configuration before an entry of the term is committed',
      'early-change',
      /without the committed entry 4 of term 2/,
      { file: 'membership.ts', find: "? undefined : 'TERM_NOT_COMMITTED'", replace: '? undefined : undefined' },
    ],
    [
      'a leader that hears nobody and leads on',
      'deaf-leader',
      /^no progress within 6s$/,
      {
        file: 'replication.ts',
        find: '  else becomeFollower(s, s.hard.term, null)\n',
        replace: '  else keepLeading(s, leader)\n',
      },
    ],
    [
      'two votes in one term',
      'restart-after-vote',
      /voted for a and b/,
      { file: 'election.ts', find: 's.hard.votedFor === null ||', replace: 's.hard.votedFor !== s.self ||' },
    ],
  ]
  test.each(byScenario)('%s', async (_, name, violation, edit) => {
    expect(play(scenario(name), await withEdit(edit)).violation).toMatch(violation)
  })

  const bySchedules: readonly (readonly [string, Edit])[] = [
    [
      'a vote without a look at the log',
      { file: 'election.ts', find: 'return lastTerm > s.log.lastTerm ||', replace: 'return true ||' },
    ],
    ['a snapshot without its term', { file: 'log.ts', find: 'return this.#snapshot.term\n', replace: 'return 0\n' }],
    [
      'an append without a look at the term before',
      { file: 'follow.ts', find: '=== previousTerm', replace: '!== undefined' },
    ],
    [
      'learners counted',
      {
        file: 'replication.ts',
        find: 'reachedByMajority(s.log.configuration.voters,',
        replace: 'reachedByMajority([...s.log.configuration.voters, ...s.log.configuration.learners],',
      },
    ],
  ]
  test.each(bySchedules)('%s', async (_, edit) => {
    expect(firstViolation(300, await withEdit(edit))).not.toBeNull()
  })
})
