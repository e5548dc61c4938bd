import { type Draft, numberTable, type Table } from './table.ts'

/** Sets of whole numbers as spans: by the last number of a span its first. No two overlap or touch. */
export type Spans = Table<number, number>

/** All numbers from `first` to `last`. */
export const spansOf = (first: number, last: number): Spans => without(first, last, [])

/** The numbers from `first` to `last` that are not in `taken`, which is ascending, distinct and inside. */
export function without(first: number, last: number, taken: readonly number[]): Spans {
  const spans = numberTable<number>().clone()
  let from = first
  for (const value of taken) {
    if (value > from) spans.set(value - 1, from)
    from = value + 1
  }
  if (from <= last) spans.set(last, from)
  return spans
}

/** Takes out the lowest numbers, `count` of them or as many as there are; ascending. */
export function takeLowest(spans: Draft<number, number>, count: number): readonly number[] {
  const taken: number[] = []
  while (taken.length < count) {
    const last = spans.minKey()
    const first = last === undefined ? undefined : spans.get(last)
    if (last === undefined || first === undefined) break
    const next = Math.min(last + 1, first + count - taken.length)
    for (let value = first; value < next; value += 1) taken.push(value)
    if (next > last) spans.delete(last)
    else spans.set(last, next)
  }
  return taken
}

/** Takes out one number; false where it is not in. */
export function takeOne(spans: Draft<number, number>, value: number): boolean {
  const [last, first] = spans.getPairOrNextHigher(value) ?? [0, Number.POSITIVE_INFINITY]
  if (first > value) return false
  if (value < last) spans.set(last, value + 1)
  else spans.delete(last)
  if (first < value) spans.set(value - 1, first)
  return true
}

/** Puts in the numbers from `first` to `last`, none of which is in. */
export function putSpan(spans: Draft<number, number>, first: number, last: number): void {
  const above = spans.getPairOrNextHigher(last + 1)
  const below = spans.get(first - 1)
  if (below !== undefined) spans.delete(first - 1)
  spans.set(above?.[1] === last + 1 ? above[0] : last, below ?? first)
}
