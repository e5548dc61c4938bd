import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type PatchOp, patchOf, sameJson } from './patch.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** RFC 6902, the three operations, on a copy. */
function applied(before: Json, ops: readonly PatchOp[]): Json {
  const root: { whole: Json } = { whole: structuredClone(before) }
  for (const op of ops) {
    const steps = `/whole${op.path}`
      .split('/')
      .slice(1)
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = steps.pop() ?? ''
    let at: Json = root
    for (const step of steps) at = (Array.isArray(at) ? at[Number(step)] : (at as Record<string, Json>)[step]) as Json
    const value = op.op === 'remove' ? null : (structuredClone(op.value) as Json)
    if (Array.isArray(at)) {
      expect(Number(last)).toBeLessThanOrEqual(op.op === 'add' ? at.length : at.length - 1)
      if (op.op === 'replace') at[Number(last)] = value
      else at.splice(Number(last), op.op === 'remove' ? 1 : 0, ...(op.op === 'add' ? [value] : []))
    } else {
      const fields = at as Record<string, Json>
      expect(Object.hasOwn(fields, last)).toBe(op.op !== 'add')
      if (op.op === 'remove') delete fields[last]
      else Object.defineProperty(fields, last, { value, enumerable: true, configurable: true, writable: true })
    }
  }
  return root.whole
}

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>
/** Pairs that share much, as one view and the next do. */
const alike = fc
  .tuple(fc.array(json), fc.array(json), fc.array(json), fc.array(json))
  .map(([head, was, is, tail]): readonly [Json, Json] => [
    { list: [...head, ...was, ...tail], same: head },
    { list: [...head, ...is, ...tail], same: head },
  ])

describe('a patch', () => {
  test('makes what was into what is', () => {
    fc.assert(
      fc.property(fc.oneof(alike, fc.tuple(json, json)), ([before, after]) => {
        expect(sameJson(applied(before, patchOf(before, after)), after)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test('is empty exactly where nothing differs', () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        expect(patchOf(before, structuredClone(before))).toEqual([])
        expect(patchOf(before, after).length === 0).toBe(sameJson(before, after))
      }),
    )
  })

  test.each<readonly [string, unknown, unknown, readonly PatchOp[]]>([
    ['a value', { a: 1 }, { a: 2 }, [{ op: 'replace', path: '/a', value: 2 }]],
    ['a key that comes', {}, { 'a/b~c': null }, [{ op: 'add', path: '/a~1b~0c', value: null }]],
    ['a key that goes', { a: 1, b: 2 }, { b: 2 }, [{ op: 'remove', path: '/a' }]],
    ['undefined is absent', { a: undefined }, { b: undefined }, []],
    ['another type', { a: [] }, { a: {} }, [{ op: 'replace', path: '/a', value: {} }]],
    ['a row in the middle that goes', [1, 2, 3], [1, 3], [{ op: 'remove', path: '/1' }]],
    [
      'rows that come',
      [1, 4],
      [1, 2, 3, 4],
      [
        { op: 'add', path: '/1', value: 2 },
        { op: 'add', path: '/2', value: 3 },
      ],
    ],
    ['deep in a row', [{ n: { s: 'a' } }], [{ n: { s: 'b' } }], [{ op: 'replace', path: '/0/n/s', value: 'b' }]],
  ])('of %s', (_what, before, after, ops) => expect(patchOf(before, after)).toEqual(ops))
})
