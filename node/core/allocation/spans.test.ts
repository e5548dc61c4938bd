import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { putSpan, type Spans, spansOf, takeLowest, takeOne, without } from './spans.ts'

const numbersIn = (spans: Spans): readonly number[] =>
  [...spans.entries()].flatMap(([last, first]) => Array.from({ length: last - first + 1 }, (_, at) => first + at))

/** Each span is one: none empty, none touching the next. */
const expectWhole = (spans: Spans): void => {
  let before = Number.NEGATIVE_INFINITY
  for (const [last, first] of spans.entries()) {
    expect(first).toBeLessThanOrEqual(last)
    expect(first).toBeGreaterThan(before + 1)
    before = last
  }
}

describe('spans', () => {
  it('hold the numbers between', () => {
    expect(numbersIn(spansOf(3, 5))).toEqual([3, 4, 5])
    expect(numbersIn(spansOf(3, 2))).toEqual([])
    expect([...without(1, 9, [1, 4, 5, 9]).entries()]).toEqual([
      [3, 2],
      [8, 6],
    ])
  })

  it('are the set that a set would be', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('lowest' as const), count: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ type: fc.constant('one' as const), value: fc.integer({ min: 0, max: 31 }) }),
      fc.record({ type: fc.constant('put' as const), value: fc.integer({ min: 1, max: 30 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const spans = spansOf(1, 30).clone()
        const set = new Set(numbersIn(spans))
        const lowest = () => [...set].sort((a, b) => a - b)
        for (const one of steps) {
          if (one.type === 'lowest') {
            const expected = lowest().slice(0, one.count)
            expect(takeLowest(spans, one.count)).toEqual(expected)
            for (const value of expected) set.delete(value)
          } else if (one.type === 'one') expect(takeOne(spans, one.value)).toBe(set.delete(one.value))
          else if (!set.has(one.value)) {
            putSpan(spans, one.value, one.value)
            set.add(one.value)
          }
          expect(numbersIn(spans)).toEqual(lowest())
          expectWhole(spans)
        }
      }),
    )
  })
})
