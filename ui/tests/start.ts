import type { HostView } from '#agent/port.ts'
import type { ExerciseView } from '#agent/port-iperf.ts'
import { DEFAULT_PARAMS, type TestParams } from '#core/model/iperf.ts'
import { placeOf } from './cells.ts'
import { allOf, type Chosen } from './picker.ts'

/** What a new exercise is filled in with. */
export interface Start extends Picked {
  readonly name: string
  readonly params: TestParams
}

/** Who is in the matrix, and which places of it are chosen. */
export interface Picked {
  readonly ends: readonly string[]
  readonly chosen: Chosen
}

/** More ends than this are chosen by hand: their mesh takes hours. */
const MANY = 12

/** A mesh of the hosts that are there. */
export function startOfHosts(hosts: readonly HostView[]): Start {
  const ends = hosts.filter(({ state }) => state === 'alive' || state === 'suspect').map(({ name }) => name)
  const chosen = new Set(ends.length > MANY ? [] : allOf(ends))
  return { name: '', ends, chosen, params: DEFAULT_PARAMS }
}

/** The same once more. */
export const startOfExercise = ({ ends, all, params }: ExerciseView, name: string): Start => ({
  ...{ name, ends, params },
  chosen: new Set(all.map(({ source, destination }) => placeOf(source, destination))),
})

/** These pairs alone. */
export function startOfPairs(pairs: readonly (readonly string[])[]): Start {
  const whole = pairs.filter(
    ([source = '', destination = '']) => source !== '' && destination !== '' && source !== destination,
  )
  const chosen = new Set(whole.map(([source = '', destination = '']) => placeOf(source, destination)))
  return { name: '', ends: [...new Set(whole.flat())], chosen, params: DEFAULT_PARAMS }
}

/** Other ends: a new one is measured with all others where so far everybody is with everybody, else by hand. */
export function withEnds({ ends, chosen }: Picked, next: readonly string[]): Picked {
  const isMesh = allOf(ends).every((place) => chosen.has(place))
  if (isMesh) return { ends: next, chosen: new Set(allOf(next)) }
  const there = new Set(allOf(next))
  return { ends: next, chosen: new Set([...chosen].filter((place) => there.has(place))) }
}
