import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Log } from './log.ts'
import { entry, persisted, voting } from './raft.fixture.ts'

const configurationEntry = (index: number, voters: string) =>
  entry(index, 1, { type: 'configuration', configuration: voting(voters) })

describe('Log', () => {
  test('knows the terms from its snapshot on and nothing beyond its ends', () => {
    const snapshot = { index: 4, term: 2, configuration: voting('a'), state: 's' }
    const log = new Log(persisted([2, 3, 3], { snapshot }))
    expect([3, 4, 5, 6, 7, 8].map((index) => log.termAt(index))).toEqual([undefined, 2, 2, 3, 3, undefined])
    expect(log.slice(1, 5)).toEqual([entry(5, 2)])
    expect(log.slice(6, 99)).toEqual([entry(6, 3), entry(7, 3)])
    expect([log.lastIndex, log.lastTerm]).toEqual([7, 3])
  })

  test('leaves out what the snapshot covers, and refuses a gap', () => {
    const snapshot = { index: 2, term: 1, configuration: voting('a'), state: 's' }
    expect(new Log({ snapshot, entries: [entry(1, 1), entry(2, 1), entry(3, 1)] }).slice(1, 9)).toEqual([entry(3, 1)])
    expect(() => new Log({ snapshot, entries: [entry(4, 1)] })).toThrow('goes from 2 (term 1) to 4 (term 1)')
    expect(() => new Log({ snapshot, entries: [entry(3, 0)] })).toThrow('The kept log')
  })

  test('a configuration holds from where it is appended, and goes with its entry', () => {
    const log = new Log(persisted([1]))
    log.append([configurationEntry(2, 'a b'), configurationEntry(3, 'a')])
    expect([log.configuration, log.configurationIndex, log.previousConfiguration]).toEqual([
      voting('a'),
      3,
      voting('a b'),
    ])
    log.append([entry(3, 2)])
    expect([log.configuration, log.configurationIndex, log.previousConfiguration]).toEqual([
      voting('a b'),
      2,
      voting('a b c'),
    ])
    log.append([entry(1, 2)])
    expect([log.configuration, log.configurationIndex, log.lastIndex]).toEqual([voting('a b c'), 0, 1])
  })

  test('a snapshot carries the configuration of its index, not a later one', () => {
    const log = new Log(persisted([1]))
    log.append([configurationEntry(2, 'a b'), entry(3, 1), configurationEntry(4, 'a')])
    expect(log.compact(3, 'state')).toEqual({ index: 3, term: 1, configuration: voting('a b'), state: 'state' })
    expect([log.configuration, log.previousConfiguration, log.lastIndex]).toEqual([voting('a'), voting('a b'), 4])
    expect(() => log.compact(9, 'state')).toThrow(RangeError)
  })

  test('hints find terms', () => {
    const log = new Log(persisted([1, 1, 3, 3, 3, 6]))
    expect([5, 3, 2, 6].map((index) => log.firstOfTerm(index))).toEqual([3, 3, 1, 6])
    expect([0, 1, 2, 3, 9].map((term) => log.lastUpToTerm(term))).toEqual([0, 2, 2, 5, 6])
  })

  test('equals a plain list under any appends and compactions', () => {
    const step = fc.record({ at: fc.nat(12), count: fc.integer({ min: 1, max: 4 }), compact: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const log = new Log(persisted([]))
        let model = [entry(0, 0)]
        steps.forEach(({ at, count, compact }, i) => {
          const from = Math.min(Math.max(at, log.snapshot.index + 1), log.lastIndex + 1)
          const added = Array.from({ length: count }, (_, k) => entry(from + k, i + 1))
          if (compact && at > log.snapshot.index && at <= log.lastIndex) log.compact(at, i)
          else {
            log.append(added)
            model = [...model.slice(0, from), ...added]
          }
        })
        expect(log.lastIndex).toBe(model.length - 1)
        expect(log.slice(log.snapshot.index + 1, log.lastIndex)).toEqual(model.slice(log.snapshot.index + 1))
        expect(log.termAt(log.snapshot.index)).toBe(model[log.snapshot.index]?.term)
      }),
    )
  })
})
