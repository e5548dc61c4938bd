import { describe, expect, it } from 'vitest'
import { DEFAULT_PARAMS } from '#core/model/iperf.ts'
import { pendingTest, viewOf } from '#testing/fake-iperf-samples.ts'
import { placeOf } from './cells.ts'
import { allOf, askOf, chosenPairs, columnOf, howMany, rowOf, toggle } from './picker.ts'
import { startOfExercise, startOfHosts, startOfPairs, withEnds } from './start.ts'

const ENDS = ['a', 'b', 'c']
const none: ReadonlySet<string> = new Set()

describe('the picker', () => {
  it('a row, a column and all leave out who would measure itself', () => {
    expect(rowOf(ENDS, 'a')).toEqual([placeOf('a', 'b'), placeOf('a', 'c')])
    expect(columnOf(ENDS, 'a')).toEqual([placeOf('b', 'a'), placeOf('c', 'a')])
    expect(allOf(ENDS)).toHaveLength(6)
  })

  it('chooses what is not chosen yet, and takes back what is', () => {
    const one = toggle(none, [placeOf('a', 'b')])
    const row = toggle(one, rowOf(ENDS, 'a'))
    expect(howMany(one, rowOf(ENDS, 'a'))).toBe('some')
    expect(howMany(row, rowOf(ENDS, 'a'))).toBe('all')
    expect([...toggle(row, rowOf(ENDS, 'a'))]).toEqual([])
    expect(howMany(none, [])).toBe('none')
  })

  it('asks for a mesh where all are chosen, else for pairs, and for nothing where none is', () => {
    const params = { timeS: 5 }
    expect(askOf(none, ENDS, params)).toBeNull()
    expect(askOf(new Set(allOf(ENDS)), ENDS, params)).toEqual({ shape: 'mesh', ends: ENDS, params })
    expect(askOf(new Set(columnOf(ENDS, 'c')), ENDS, params)).toEqual({
      shape: 'pairs',
      pairs: [
        ['a', 'c'],
        ['b', 'c'],
      ],
      params,
    })
  })

  it('forgets places of ends that are not in the matrix any more', () => {
    expect(chosenPairs(new Set(allOf(ENDS)), ['a', 'b'])).toEqual([
      ['a', 'b'],
      ['b', 'a'],
    ])
  })
})

describe('what a new exercise begins with', () => {
  const host = (name: string, state: 'alive' | 'down') =>
    ({ name, state, id: name, role: 'core', ageMs: 0, addresses: [], overlayAddress: '', version: null }) as const

  it('a mesh of the hosts that are there', () => {
    const { ends, chosen } = startOfHosts([host('a', 'alive'), host('b', 'alive'), host('c', 'down')])
    expect(ends).toEqual(['a', 'b'])
    expect(chosen).toEqual(new Set(allOf(['a', 'b'])))
  })

  it('of very many none is chosen', () => {
    const many = Array.from({ length: 13 }, (_, at) => host(`h${at}`, 'alive'))
    expect(startOfHosts(many).chosen.size).toBe(0)
  })

  it('pairs of the address; halves of pairs and ends with themselves are left out', () => {
    const { ends, chosen } = startOfPairs([['a', 'b'], ['c'], ['d', 'd']])
    expect(ends).toEqual(['a', 'b'])
    expect([...chosen]).toEqual([placeOf('a', 'b')])
  })

  it('an end that comes to a mesh is in the mesh; one that comes to chosen pairs is not', () => {
    const mesh = withEnds({ ends: ['a', 'b'], chosen: new Set(allOf(['a', 'b'])) }, ENDS)
    expect(mesh.chosen).toEqual(new Set(allOf(ENDS)))
    const pair = withEnds({ ends: ['a', 'b'], chosen: new Set([placeOf('a', 'b')]) }, ENDS)
    expect([...pair.chosen]).toEqual([placeOf('a', 'b')])
    expect([...withEnds(pair, ['b', 'c']).chosen]).toEqual([])
  })

  it('the same as another exercise', () => {
    const all = [pendingTest(1, { id: 2, source: 'c', destination: 'a', round: 0 }, DEFAULT_PARAMS)]
    const made = { id: 1, name: '', by: 'a', params: DEFAULT_PARAMS, ends: ENDS, createdAtMs: 0 }
    const start = startOfExercise(viewOf({ ...made, startedAtMs: null, endedAtMs: null, all }), 'again')
    expect([...start.chosen]).toEqual([placeOf('c', 'a')])
    expect(start.name).toBe('again')
  })
})
