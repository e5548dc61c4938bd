import { describe, expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import { choosePins, comingNotes, type Pins } from './image-pins.ts'

const host = (name: string): HostId => name as HostId
const held = (ids: Readonly<Record<string, Pins>>, hosts: readonly string[] = Object.keys(ids)) => ({
  self: host('a'),
  hosts: hosts.map(host),
  ids: new Map(Object.entries(ids).map(([name, of]) => [host(name), of] as const)),
  name: (id: HostId): string => id,
})

describe('which image a name stands for', () => {
  test.each<[string, Pins, Readonly<Record<string, Pins>>, Pins]>([
    ['that of this host', {}, { a: { x: 'A' }, b: { x: 'B' }, c: { x: 'B' } }, { x: 'A' }],
    ['where this host has none, that of most', {}, { a: {}, b: { x: 'A' }, c: { x: 'B' }, d: { x: 'B' } }, { x: 'B' }],
    ['of as many, that of the first by name', {}, { d: { x: 'D' }, c: { x: 'C' } }, { x: 'C' }],
    ['what it was before, while a host has that', { x: 'B' }, { a: { x: 'A' }, b: { x: 'B' } }, { x: 'B' }],
    ['also where it lost its name', { x: 'B' }, { a: { x: 'A' }, b: { x: 'A', B: 'B' } }, { x: 'B' }],
    ['else another', { x: 'gone' }, { a: { x: 'A' } }, { x: 'A' }],
    ['nothing where nobody has it', {}, { a: {}, b: { y: 'Y' } }, {}],
  ])('%s', (_what, known, ids, pins) => expect(choosePins(['x'], known, held(ids))).toEqual(pins))
})

test('people are told who gets it from whom, and where it is another', () => {
  const all = held({ a: { x: 'sha256:aa' }, b: {}, c: { x: 'sha256:cc' } })
  const needed = new Map(['a', 'b', 'c'].map((name) => [host(name), ['x']] as const))
  expect(comingNotes({ x: 'sha256:aa' }, all, needed)).toEqual([
    'image x comes to b from a',
    'image x is another on c than on a; the lab runs that of a (aa) everywhere',
  ])
  expect(comingNotes({ x: 'sha256:aa' }, all, new Map([[host('a'), ['x']]]))).toEqual([])
})
