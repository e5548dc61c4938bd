import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HostId } from '../model/ids.ts'
import { digestsOf, MAX_SAVES, type Save, savedOf, savesDraft, withoutSaved, withSave } from './saved.ts'

const save = (number: number, ...nodes: readonly string[]): Save => ({
  save: number,
  atMs: number,
  host: 'H1' as HostId,
  revision: 1,
  nodes: Object.fromEntries(nodes.map((node) => [node, { sha256: `${number}${node}`, sizeBytes: 1, kind: '' }])),
})
const listOf = (saves: readonly (readonly string[])[]): readonly Save[] =>
  saves.reduce<readonly Save[]>((held, nodes, at) => withSave(held, save(at + 1, ...nodes)), [])

describe('saves', () => {
  it('the newest of each node is never lost, and the list stays small', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', '__proto__'), { minLength: 1 })
    fc.assert(
      fc.property(fc.array(names, { maxLength: 60 }), (all) => {
        const list = listOf(all)
        for (const node of new Set(all.flat()))
          expect(savedOf(list, node)?.sha256).toBe(`${all.findLastIndex((nodes) => nodes.includes(node)) + 1}${node}`)
        expect(list.length).toBeLessThanOrEqual(MAX_SAVES + 4)
        expect(list.map((one) => one.save)).toEqual(list.map((one) => one.save).toSorted((a, b) => a - b))
      }),
    )
  })

  it('of thousands of nodes still fit into one record', () => {
    const names = Array.from({ length: 3_000 }, (_, at) => `router-number-${at}`)
    const sha256 = 'a'.repeat(64)
    const large = (nodes: readonly string[], number: number): Save => ({
      ...save(number),
      nodes: Object.fromEntries(
        nodes.map((node) => [node, { sha256, sizeBytes: 100_000, kind: 'juniper_vjunosevolved' }]),
      ),
    })
    const all = [names.slice(0, 1_500), names, ...Array(30).fill(names.slice(0, 500))]
    const list = all.reduce<readonly Save[]>((held, nodes, at) => withSave(held, large(nodes, at + 1)), [])
    expect(JSON.stringify(list).length).toBeLessThan(900_000)
    expect(names.every((node) => savedOf(list, node) !== undefined)).toBe(true)
    expect(Object.keys(list.at(-1)?.nodes ?? {})).toHaveLength(500)
    expect(list.length).toBe(5)
  })

  it('can be asked for by number, and forgotten', () => {
    const list = listOf([['a', 'b'], ['a']])
    expect(savedOf(list, 'a', 1)?.sha256).toBe('1a')
    expect(savedOf(list, 'b', 2)).toBeUndefined()
    expect(digestsOf(list)).toEqual(['1a', '1b', '2a'])
    expect(withoutSaved(list, ['a'])).toEqual([save(1, 'b')])
    expect(withoutSaved(list)).toEqual([])
  })

  it('end some days after their lab', () => {
    const body = { lab: 'one', saves: [save(1, 'a')] }
    expect(savesDraft(body, [1], { isDeleted: false, wallMs: 5 }).expiresAtMs).toBe(0)
    expect(savesDraft(body, [1], { isDeleted: true, wallMs: 5 }).expiresAtMs).toBe(5 + 7 * 24 * 3600 * 1000)
  })
})
