import { showBps } from '#core/iperf/rate-text.ts'
import type { CellShape, ExerciseShape, MatrixShape } from './iperf-shapes.ts'
import { arrowOf, exerciseHead, isNotable, stateText, testsText } from './iperf-text.ts'
import { table } from './output.ts'

/** Tests up to which every one gets a line of its own beside the matrix. */
const MANY_TESTS = 30

/** Sources down, destinations across: rates as `940M ▲`, `?` where nothing is known, `·` for an end with itself. */
export function matrixText({ ends, cells }: MatrixShape): string {
  if (ends.length === 0) return 'nothing was measured yet; `skein iperf mesh` does\n'
  const byPair = new Map(cells.map((cell) => [`${cell.source}\n${cell.destination}`, cell]))
  const rows = ends.map((source) => [
    source,
    ...ends.map((destination) => (source === destination ? '·' : cellText(byPair.get(`${source}\n${destination}`)))),
  ])
  return `received, bit/s; sources down, destinations across, ? unknown\n${sheet([['from \\ to', ...ends], ...rows])}`
}

/** A table whose head is a row like others: names of ends are not to be written in capitals. */
function sheet(rows: readonly (readonly string[])[]): string {
  const text = table(
    (rows[0] ?? []).map(() => ''),
    rows,
  )
  return text.slice(text.indexOf('\n') + 1)
}

function cellText(cell: CellShape | undefined): string {
  if (cell === undefined) return '?'
  const { receivedBps, ratio, verdict, state } = cell
  if (receivedBps === undefined) return state === 'succeeded' ? '?' : stateText(state)
  const short = showBps(receivedBps).replace('bit/s', '').replace(' ', '')
  return [short, arrowOf(ratio), verdict === undefined || verdict === 'good' ? '' : verdict].filter(Boolean).join(' ')
}

/** Whether its tests are best shown as a table of pairs: half of all there could be were measured. */
const isMesh = ({ ends, tests, params }: ExerciseShape): boolean =>
  ends.length > 2 && tests * 2 >= ends.length * (ends.length - 1) && params.tool !== 'ping'

/** An exercise with its numbers; of a large mesh only tests that are worth a look beside the matrix. */
export function exerciseText(exercise: ExerciseShape): string {
  const { all, id } = exercise
  const hasMatrix = isMesh(exercise)
  const shown = hasMatrix && all.length > MANY_TESTS ? all.filter(isNotable) : all
  return [
    exerciseHead(exercise),
    hasMatrix ? `\n${matrixText(matrixOf(exercise))}` : '',
    shown.length === 0 ? '' : `\n${testsText(shown)}`,
    shown.length === all.length ? '' : `\n${all.length - shown.length} more: \`skein iperf results ${id}\`\n`,
  ].join('')
}

/** What the agent would answer of one exercise, from the exercise itself. */
const matrixOf = ({ ends, all }: ExerciseShape): MatrixShape => ({
  ends,
  cells: all.map(({ source, destination, state, result }) => ({
    source,
    destination,
    state,
    ...(result === undefined ? {} : { receivedBps: result.receivedBps }),
    ...(result?.baseline === undefined ? {} : { ratio: result.baseline.ratio, verdict: result.baseline.verdict }),
  })),
})
