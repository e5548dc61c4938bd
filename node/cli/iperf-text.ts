import { showBps } from '#core/iperf/rate-text.ts'
import type { Rtt, TestParams, TestResult, Verdict } from '#core/model/iperf.ts'
import { isTerminal } from '#core/model/iperf.ts'
import type { ExerciseRow, ExerciseShape, LiveShape, PlanShape, TestShape } from './iperf-shapes.ts'
import { plain, table } from './output.ts'

/** Rounds, and pairs of one round, that a plan shows before it says how many more there are. */
const SHOWN_ROUNDS = 12
const SHOWN_PAIRS = 6

/** Seconds for people: `45 s`, `2 min 5 s`, `1 h 30 min`. */
export function secondsText(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const [large, small, units] =
    whole < 3600
      ? [Math.floor(whole / 60), whole % 60, ['min', 's']]
      : [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), ['h', 'min']]
  return `${large} ${units[0]}${small === 0 ? '' : ` ${small} ${units[1]}`}`
}

/** `12.5 GB`, in powers of ten as rates are. */
function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  const at = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${Number((bytes / 1000 ** at).toPrecision(3))} ${units[at]}`
}

/** One thing, or several. */
export const countText = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** What an exercise would be: how long it takes, what it sends, who measures when, and what is left out. */
export function planText({ tests, rounds, estimatedS, estimatedBytes, notes }: PlanShape): string {
  const load = estimatedBytes === null ? 'as much as goes through' : `at most ${bytesText(estimatedBytes)}`
  const lines = Array.from({ length: Math.min(rounds, SHOWN_ROUNDS) }, (_, round) => {
    const pairs = tests.filter((test) => test.round === round).map((test) => `${test.source} → ${test.destination}`)
    const more = pairs.length > SHOWN_PAIRS ? ` and ${pairs.length - SHOWN_PAIRS} more` : ''
    return `  round ${round + 1}: ${pairs.slice(0, SHOWN_PAIRS).join(', ')}${more}`
  })
  const head = `${countText(tests.length, 'test')} in ${countText(rounds, 'round')}, about ${secondsText(estimatedS)}; sends ${load}`
  const left = rounds > SHOWN_ROUNDS ? [`  and ${countText(rounds - SHOWN_ROUNDS, 'more round')}`] : []
  return plain([head, ...lines, ...left, ...notes.map((note) => `note: ${note}`), ''].join('\n'))
}

/** `▲`, `▼` or `=` against what the pair did before; nothing where too little is known. 5 % either way is the same. */
export function arrowOf(ratio: number | undefined): string {
  if (ratio === undefined) return ''
  if (ratio >= 1.05) return '▲'
  return ratio <= 0.95 ? '▼' : '='
}

/** `▼ 55 %, bad`; nothing where too little is known. */
function usualText(baseline: { readonly ratio: number; readonly verdict: Verdict } | undefined): string {
  if (baseline === undefined) return ''
  const { ratio, verdict } = baseline
  return `${arrowOf(ratio)} ${Math.round(ratio * 100)} %${verdict === 'good' ? '' : `, ${verdict}`}`
}

/** `0.42 ms`. */
export const msText = (ms: number | undefined): string => (ms === undefined ? '' : `${Number(ms.toPrecision(3))} ms`)
const rttText = (rtt: Rtt | undefined): string => msText(rtt?.meanMs)

/** Loss is told where there was some. */
const lossText = (ratio: number | undefined): string =>
  ratio === undefined ? '' : `${Number((ratio * 100).toPrecision(2))} %`

/** `940 Mbit/s`, in both directions where both were measured, or the round trip where that is all. */
function measuredText({ params, result }: Pick<TestShape, 'params' | 'result'>): string {
  if (result === undefined) return ''
  if (params.tool === 'ping') return rttText(result.idle ?? result.rtt)
  return [result.receivedBps, ...(result.back === undefined ? [] : [result.back.receivedBps])].map(showBps).join(' / ')
}

/** What is worth knowing of how a number came about. */
const remarksOf = (result: TestResult | undefined): readonly string[] =>
  result === undefined
    ? []
    : [
        ...(result.isCpuBound ? ['processor full'] : []),
        ...(result.isPartial === true ? ['stopped early'] : []),
        ...(result.retests > 0 ? ['measured again'] : []),
      ]

/** One test that ended, in a line: `a → b  940 Mbit/s  ▼ 55 % of usual, bad`. */
export function testLine(test: TestShape): string {
  const { source, destination, state, error, result } = test
  const usual = usualText(result?.baseline).replace(' %', ' % of usual')
  const parts = [
    `${source} → ${destination}`,
    ...(state === 'succeeded' ? [] : [`${stateText(state)}${error === undefined ? '' : `: ${error}`}`]),
    measuredText(test),
    usual,
    ...remarksOf(result),
  ]
  return plain(parts.filter((part) => part !== '').join('  ')).replaceAll('\n', ' ')
}

/** States for people. */
export const stateText = (state: string): string => state.replace('_', ' ')

type Column = readonly [head: string, cell: (test: TestShape) => string | number | undefined]

const signed = (bps: number | undefined): string => (bps === undefined ? '' : `± ${showBps(bps)}`)

const COLUMNS: readonly Column[] = [
  ['min', ({ params, result }) => (params.tool === 'ping' ? msText(result?.idle?.minMs) : '')],
  ['max', ({ params, result }) => (params.tool === 'ping' ? msText(result?.idle?.maxMs) : '')],
  ['±', ({ result }) => signed(result?.confidenceBps)],
  ['usual', ({ result }) => usualText(result?.baseline)],
  ['retr', ({ result }) => result?.retransmits],
  ['jitter', ({ result }) => msText(result?.jitterMs)],
  ['loss', ({ result }) => lossText(result?.lossRatio)],
  // Of a ping that is what was measured.
  ['rtt idle', ({ params, result }) => (params.tool === 'ping' ? '' : rttText(result?.idle))],
  ['rtt loaded', ({ result }) => rttText(result?.loaded)],
  ['pings lost', ({ result }) => lossText(result?.loaded?.lossRatio || undefined)],
  ['remarks', ({ result, error }) => [...remarksOf(result), ...(error === undefined ? [] : [error])].join(', ')],
]

const measuredHead = (tests: readonly TestShape[]): string =>
  tests.every(({ params }) => params.tool === 'ping') ? 'round trip' : 'received'

/** Tests with their numbers, a line each; columns that none has are left out. */
export function testsText(tests: readonly TestShape[]): string {
  const isEmpty = ([, cell]: Column): boolean => tests.every((test) => (cell(test) ?? '') === '')
  const shown = COLUMNS.filter((column) => !isEmpty(column))
  return table(
    ['test', 'source', 'destination', 'state', measuredHead(tests), ...shown.map(([head]) => head)],
    tests.map((test) => [
      test.id,
      test.source,
      test.destination,
      stateText(test.state),
      measuredText(test),
      ...shown.map(([, cell]) => cell(test)),
    ]),
  )
}

/** How many tests are done: `round 3 of 8, 9 of 20 tests ended`. */
export function progressText({ round, rounds, tests, states }: ExerciseRow): string {
  const ended = states.succeeded + states.failed + states.timed_out + states.canceled
  return `round ${Math.min(round + 1, rounds)} of ${rounds}, ${ended} of ${countText(tests, 'test')} ended`
}

/** Tests a line on a terminal has room for. */
const SHOWN_LIVE = 2

/** What goes through now: `; a → b 940 Mbit/s, and 3 more`. */
export function liveText(live: readonly LiveShape[]): string {
  const rates = live.flatMap(({ source, destination, intervals }) => {
    const last = intervals.at(-1)
    return last === undefined ? [] : [`${source} → ${destination} ${showBps(last.bps)}`]
  })
  if (rates.length === 0) return ''
  const more = rates.length > SHOWN_LIVE ? `, and ${rates.length - SHOWN_LIVE} more` : ''
  return `; ${rates.slice(0, SHOWN_LIVE).join(', ')}${more}`
}

/** `tcp, 10 s, 4 streams, 3 samples, through WireGuard`; lab nodes have a way of their own. */
function paramsText(params: TestParams, ends: readonly string[]): string {
  const { protocol, timeS, parallel, isReverse, isBidir, bitrateBps, samples, way, tool } = params
  return [
    ...(tool === 'ping' ? ['ping'] : [protocol]),
    `${timeS} s`,
    ...(parallel > 1 ? [`${parallel} streams`] : []),
    ...(bitrateBps === undefined ? [] : [`at ${showBps(bitrateBps)}`]),
    ...(isBidir ? ['both directions at once'] : []),
    ...(isReverse ? ['the destination sends'] : []),
    ...(samples > 1 ? [`${samples} samples`] : []),
    ...(ends.every((end) => end.includes('/')) ? [] : [way === 'underlay' ? 'beside WireGuard' : 'through WireGuard']),
    ...(params.class === 'background' ? ['in the background'] : []),
  ].join(', ')
}

/** An exercise in its first lines. */
export function exerciseHead(exercise: ExerciseShape): string {
  const { id, name, state, by, params, ends, schedule } = exercise
  const isOn = state === 'running' || state === 'stopping'
  const how = isOn ? progressText(exercise) : countText(exercise.tests, 'test')
  const from = schedule === undefined ? '' : `  schedule ${schedule}`
  const called = name === `exercise ${id}` ? name : `exercise ${id}  ${name}`
  return plain(`${called}  ${state}  by ${by}${from}\n${paramsText(params, ends)}; ${how}\n`)
}

/** Worth a look: what did not come to a good end, is below what is usual, or says more of a machine than of the way. */
export const isNotable = ({ state, result }: TestShape): boolean =>
  isTerminal(state) &&
  (state !== 'succeeded' || remarksOf(result).length > 0 || (result?.baseline?.verdict ?? 'good') !== 'good')
