import { expect, it } from 'vitest'
import { rank } from './rank.ts'

const all = ['Mesh', 'my-mesh', 'frr01', 'mauve-shed', 'b'].map((text) => ({ text }))

it.each<[string, string[]]>([
  ['', ['Mesh', 'my-mesh', 'frr01', 'mauve-shed', 'b']],
  ['mesh', ['Mesh', 'my-mesh', 'mauve-shed']],
  [' FRR ', ['frr01']],
  ['x', []],
])('"%s" finds', (wanted, found) => expect(rank(all, wanted).map(({ text }) => text)).toEqual(found))
