import { expect, it } from 'vitest'
import { parsePositions } from './positions.ts'

it.each<[string | null, object]>([
  [null, {}],
  ['{"node/r1":{"x":1,"y":-2.5}}', { 'node/r1': { x: 1, y: -2.5 } }],
  ['{"a":{"x":"1","y":2},"b":7,"c":null,"d":{"x":1e999,"y":0},"e":{"x":0,"y":0}}', { e: { x: 0, y: 0 } }],
  ['{"a":', {}],
  ['null', {}],
])('of %s what can be read is kept', (text, positions) => expect(parsePositions(text)).toEqual(positions))
