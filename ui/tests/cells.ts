import type { MatrixCell, TestView } from '#agent/port-iperf.ts'
import { showBps } from '#core/iperf/rate-text.ts'
import type { TaskState, TestResult, Verdict } from '#core/model/iperf.ts'
import type { Tone } from '../states.ts'
import { msText } from '../time-text.ts'
import { changeOf, taskWord, toneOfTask } from './words.ts'

/** One place of a matrix. `plain`: measured, and there is nothing to compare it with. */
export interface Cell {
  readonly source: string
  readonly destination: string
  readonly tone: Tone | 'plain'
  /** A rate or a word. */
  readonly text: string
  readonly arrow: string
  /** All of it, for who does not see the matrix. */
  readonly words: string
  /** Where it leads. */
  readonly exercise?: number
  readonly test?: number
}

/** Key of a place. */
export const placeOf = (source: string, destination: string): string => `${source}\n${destination}`

interface Shown {
  readonly state: TaskState
  /** A rate or round trip; undefined where nothing was measured. */
  readonly value: string | undefined
  readonly verdict?: Verdict | undefined
  readonly ratio?: number | undefined
  readonly error?: string | undefined
}

const TONES = { good: 'ok', warn: 'warn', bad: 'error' } as const
const LAST_WORDS = { good: '', warn: ', slower than usual', bad: ', much slower than usual' } as const

/** A rate is never called bad for being unknown, nor good for being there. */
function lookOf({ state, value, verdict, ratio, error }: Shown): Pick<Cell, 'tone' | 'text' | 'arrow' | 'words'> {
  const why = error === undefined ? '' : `: ${error}`
  const tone = toneOfTask(state)
  if (value === undefined || tone === 'error') {
    const far = value === undefined ? '' : `; ${value} until then`
    return { tone, text: taskWord(state), arrow: '', words: `${taskWord(state)}${why}${far}` }
  }
  const { arrow, words } = changeOf(ratio)
  const isCut = state !== 'succeeded'
  return {
    tone: isCut ? 'unknown' : verdict === undefined ? 'plain' : TONES[verdict],
    text: value,
    arrow,
    words: `${value}, ${words}${verdict === undefined ? '' : LAST_WORDS[verdict]}${isCut ? `; ${taskWord(state)} before its time${why}` : ''}`,
  }
}

/** What a test came to, shortly; undefined without a result. */
export function cameTo(test: Pick<TestView, 'params' | 'result'>): string | undefined {
  const { params, result } = test
  if (result === undefined) return undefined
  if (params.tool !== 'ping') return showBps(result.receivedBps)
  const rtt = roundTripOf(result)
  return rtt === undefined ? undefined : msText(rtt)
}

const roundTripOf = ({ idle, loaded, rtt }: TestResult): number | undefined => (idle ?? loaded ?? rtt)?.meanMs

/** The cell of one test. */
export function cellOfTest(test: TestView): Cell {
  const { source, destination, state, result, error } = test
  const look = lookOf({
    ...{ state, value: cameTo(test), error },
    ...{ verdict: result?.baseline?.verdict, ratio: result?.baseline?.ratio },
  })
  return { source, destination, exercise: test.exercise, test: test.id, ...look }
}

/** Places of an exercise; of a pair that is tested more than once, the last test that began. */
export function cellsOfTests(tests: readonly TestView[]): ReadonlyMap<string, Cell> {
  const cells = new Map<string, Cell>()
  for (const test of tests.toSorted((a, b) => rank(a) - rank(b) || a.id - b.id))
    cells.set(placeOf(test.source, test.destination), cellOfTest(test))
  return cells
}

const rank = ({ state }: TestView): number => (state === 'pending' || state === 'accepted' ? 0 : 1)

/** Places of the newest results over all exercises. */
export function cellsOfMatrix(cells: readonly MatrixCell[]): ReadonlyMap<string, Cell> {
  return new Map(
    cells.map((cell) => {
      const { source, destination, exercise, test, state, receivedBps, verdict, ratio, error } = cell
      const value = receivedBps === undefined ? undefined : showBps(receivedBps)
      const look = lookOf({ state, value, verdict, ratio, error })
      return [placeOf(source, destination), { source, destination, exercise, test, ...look }]
    }),
  )
}
