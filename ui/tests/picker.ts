import type { ExerciseAsk } from '#agent/port-iperf.ts'
import type { TestParams } from '#core/model/iperf.ts'
import { placeOf } from './cells.ts'

/** Places that are chosen, as `placeOf` names them. */
export type Chosen = ReadonlySet<string>

/** All places of a row, of a column, of the whole: never an end with itself. */
export const rowOf = (ends: readonly string[], source: string): readonly string[] =>
  ends.filter((end) => end !== source).map((destination) => placeOf(source, destination))
export const columnOf = (ends: readonly string[], destination: string): readonly string[] =>
  ends.filter((end) => end !== destination).map((source) => placeOf(source, destination))
export const allOf = (ends: readonly string[]): readonly string[] => ends.flatMap((source) => rowOf(ends, source))

/** Chooses these; where all of them are chosen, none of them. */
export function toggle(chosen: Chosen, places: readonly string[]): Chosen {
  const isAll = places.length > 0 && places.every((place) => chosen.has(place))
  const next = new Set(chosen)
  for (const place of places) {
    if (isAll) next.delete(place)
    else next.add(place)
  }
  return next
}

/** What is chosen among these ends alone, in the order of the matrix. */
export const chosenPairs = (chosen: Chosen, ends: readonly string[]): readonly (readonly [string, string])[] =>
  ends.flatMap((source) =>
    ends.flatMap((destination) =>
      source !== destination && chosen.has(placeOf(source, destination)) ? [[source, destination] as const] : [],
    ),
  )

/** What the API is asked for; null where nothing is chosen. A full mesh is asked for as one: its rounds are the fewest. */
export function askOf(chosen: Chosen, ends: readonly string[], params: Partial<TestParams>): ExerciseAsk | null {
  const pairs = chosenPairs(chosen, ends)
  if (pairs.length === 0) return null
  if (pairs.length === ends.length * (ends.length - 1)) return { shape: 'mesh', ends, params }
  return { shape: 'pairs', pairs, params }
}

/** Whether all, some or none of these are chosen. */
export function howMany(chosen: Chosen, places: readonly string[]): 'all' | 'some' | 'none' {
  const many = places.filter((place) => chosen.has(place)).length
  return many === 0 ? 'none' : many === places.length ? 'all' : 'some'
}
