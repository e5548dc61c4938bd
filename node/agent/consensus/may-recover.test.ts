import { describe, expect, test } from 'vitest'
import type { LogPosition } from './log-position.ts'
import { type CoreHost, type Evidence, whyNotRecover } from './may-recover.ts'

const at = (fields: Partial<LogPosition> = {}): LogPosition => ({
  epoch: 1,
  term: 4,
  index: 90,
  committed: 88,
  isRecovering: false,
  ...fields,
})
const host = (name: string, fields: Partial<CoreHost> = {}): CoreHost => ({
  name,
  votes: true,
  state: 'down',
  ...fields,
})
/** A survivor of three voters; both others are down. */
const alone = (fields: Partial<Evidence> = {}): Evidence => ({
  self: { name: 'a', role: 'core', votes: true },
  position: at(),
  leader: null,
  others: [host('b'), host('c')],
  ...fields,
})
const learner = (told: CoreHost['told']): CoreHost =>
  host('d', { votes: false, state: 'alive', ...(told === undefined ? {} : { told }) })
const among = (...others: readonly CoreHost[]): Evidence => alone({ others: [host('b'), host('c'), ...others] })

describe('a recovery', () => {
  test.each<[string, Evidence]>([
    ['a voter whose majority is down', alone()],
    [
      'one that learnt along, where the only voter is down',
      { ...alone(), self: { name: 'a', role: 'core', votes: false }, others: [host('b')] },
    ],
    ['beside a host that knows no more', among(learner(at()))],
    ['beside a host whose log is longer, but of an older term', among(learner(at({ term: 3, index: 900 })))],
    ['beside a host without a log', among(learner(null))],
  ])('may be done on %s', (_, evidence) => {
    expect(whyNotRecover(evidence)).toBeUndefined()
  })

  test.each<[string, Evidence, object]>([
    ['on a worker', alone({ self: { name: 'w', role: 'worker', votes: false } }), { code: 'NOT_CORE', force: false }],
    ['without a log', alone({ position: null }), { code: 'LOG_BEHIND', force: false }],
    ['under a leader', alone({ leader: 'b' }), { code: 'QUORUM_STANDS', message: expect.stringContaining('b leads') }],
    [
      'while a majority answers',
      alone({ others: [host('b', { state: 'alive', told: at() }), host('c')] }),
      { code: 'QUORUM_STANDS', force: false, message: expect.stringContaining('2 of 3') },
    ],
    [
      'while a majority may be there: one is only suspected',
      alone({ others: [host('b', { state: 'suspect' }), host('c')] }),
      { code: 'QUORUM_STANDS', message: expect.stringContaining('b (suspect)') },
    ],
    [
      'while a voter that is called down answers all the same',
      alone({ others: [host('b', { told: null }), host('c')] }),
      { code: 'QUORUM_STANDS', message: expect.stringContaining('b (answers)') },
    ],
    [
      'where an epoch has begun elsewhere',
      among(learner(at({ epoch: 2, term: 1, index: 1 }))),
      { code: 'RECOVERY_UNDER_WAY', force: false, message: expect.stringContaining('epoch 2') },
    ],
    [
      'while another host recovers',
      among(learner(at({ isRecovering: true }))),
      { code: 'RECOVERY_UNDER_WAY', force: false, message: expect.stringContaining('d') },
    ],
    ['beside a later term', among(learner(at({ term: 5, index: 2 }))), { code: 'LOG_BEHIND', force: true }],
    ['beside a longer log', among(learner(at({ index: 91 }))), { code: 'LOG_BEHIND', force: true }],
    [
      'beside a host that does not say',
      among(learner('silent')),
      { code: 'LOG_BEHIND', force: true, message: expect.stringContaining('d is connected') },
    ],
  ])('is refused %s', (_, evidence, expected) => {
    expect(whyNotRecover(evidence)).toMatchObject(expected)
  })

  test('names the host whose log goes furthest', () => {
    const evidence = among(learner(at({ index: 91 })), host('e', { votes: false, told: at({ index: 95 }) }))
    expect(whyNotRecover(evidence)?.message).toBe(
      'the log of e goes further (term 4, entry 95) than that of a (term 4, entry 90)',
    )
  })
})
