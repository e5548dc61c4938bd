import type { TaskState, TestParams, TestResult, Verdict } from '../model/iperf.ts'

/** One cell: the newest result of a pair; what else is known of it where there is none. */
export interface MatrixCell {
  readonly source: string
  readonly destination: string
  readonly exercise: number
  readonly test: number
  readonly state: TaskState
  readonly atMs: number | null
  /** Absent: unknown. */
  readonly receivedBps?: number
  readonly verdict?: Verdict
  readonly ratio?: number
  readonly error?: string
}

/** What a cell is made of; `TestView` of `agent/port-iperf.ts` is one. */
export interface CellSource {
  readonly id: number
  readonly exercise: number
  readonly source: string
  readonly destination: string
  readonly state: TaskState
  readonly client: { readonly endedAtMs?: number }
  readonly error?: string
  readonly result?: TestResult
  readonly params?: Pick<TestParams, 'tool'>
}

/** A cell for each pair, and all ends, sorted. Of several tests of a pair the newest with a result counts, else the newest: the one with the higher number. */
export function matrixOf(tests: Iterable<CellSource>): {
  readonly ends: readonly string[]
  readonly cells: readonly MatrixCell[]
} {
  const best = new Map<string, CellSource>()
  for (const test of tests) {
    const key = `${test.source} ${test.destination}`
    const held = best.get(key)
    if (held === undefined || isNewer(test, held)) best.set(key, test)
  }
  const cells = [...best.values()].map(toCell)
  const ends = [...new Set(cells.flatMap(({ source, destination }) => [source, destination]))]
  return { ends: ends.sort(), cells }
}

const isNewer = (test: CellSource, held: CellSource): boolean =>
  hasRate(test) === hasRate(held) ? test.id > held.id : hasRate(test)

/** A ping alone says nothing of how much goes through. */
const hasRate = ({ result, params }: CellSource): boolean => result !== undefined && params?.tool !== 'ping'

const toCell = ({
  id,
  exercise,
  source,
  destination,
  state,
  client,
  error,
  result,
  params,
}: CellSource): MatrixCell => ({
  source,
  destination,
  exercise,
  test: id,
  state,
  atMs: client.endedAtMs ?? null,
  ...(result && params?.tool !== 'ping' && { receivedBps: result.receivedBps }),
  ...(result?.baseline && { verdict: result.baseline.verdict, ratio: result.baseline.ratio }),
  ...(error !== undefined && { error }),
})
