import { describe, expect, it } from 'vitest'
import { applyPatch, type PatchOp } from './patch.ts'

const before = {
  hosts: [
    { name: 'a', ageMs: 1 },
    { name: 'b', ageMs: 2 },
  ],
  'a/b': { '~': 1 },
}

describe('a patch', () => {
  it.each<[string, PatchOp[], unknown]>([
    [
      'replaces',
      [{ op: 'replace', path: '/hosts/1/ageMs', value: 9 }],
      { ...before, hosts: [before.hosts[0], { name: 'b', ageMs: 9 }] },
    ],
    ['adds to an object', [{ op: 'add', path: '/lab', value: null }], { ...before, lab: null }],
    ['puts in before', [{ op: 'add', path: '/hosts/0', value: 'x' }], { ...before, hosts: ['x', ...before.hosts] }],
    ['puts at the end', [{ op: 'add', path: '/hosts/-', value: 'x' }], { ...before, hosts: [...before.hosts, 'x'] }],
    ['takes away', [{ op: 'remove', path: '/hosts/0' }], { ...before, hosts: [before.hosts[1]] }],
    ['knows escapes', [{ op: 'replace', path: '/a~1b/~0', value: 2 }], { ...before, 'a/b': { '~': 2 } }],
    ['replaces all', [{ op: 'replace', path: '', value: 1 }], 1],
    [
      'goes in order',
      [
        { op: 'remove', path: '/hosts/0' },
        { op: 'remove', path: '/hosts/0' },
      ],
      { ...before, hosts: [] },
    ],
  ])('%s', (_what, ops, after) => expect(applyPatch(before, ops)).toEqual(after))

  it('leaves what it does not touch the very same', () => {
    const after = applyPatch(before, [{ op: 'replace', path: '/hosts/1/ageMs', value: 9 }])
    expect((after as typeof before).hosts[0]).toBe(before.hosts[0])
    expect(before.hosts[1]).toEqual({ name: 'b', ageMs: 2 })
  })

  it.each<PatchOp>([
    { op: 'replace', path: '/hosts/2', value: 1 },
    { op: 'remove', path: '/hosts/-' },
    { op: 'replace', path: '/nothing/here', value: 1 },
    { op: 'remove', path: '/nothing' },
    { op: 'add', path: '/hosts/x', value: 1 },
    { op: 'replace', path: '/hosts/0/name/first', value: 1 },
  ])('is refused where it does not fit: $op $path', (op) => expect(() => applyPatch(before, [op])).toThrow(RangeError))

  it('does not reach what an object inherits', () => {
    expect(() => applyPatch({}, [{ op: 'replace', path: '/constructor/name', value: 1 }])).toThrow(RangeError)
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })
})
