import type { ExerciseSummary } from '#agent/port-iperf.ts'
import { showBps } from '#core/iperf/rate-text.ts'
import { isTerminal, type TaskState, type TestParams } from '#core/model/iperf.ts'
import type { Tone } from '../states.ts'
import { count } from '../time-text.ts'

const TASK_TONES: Readonly<Record<TaskState, Tone>> = {
  pending: 'unknown',
  accepted: 'busy',
  running: 'busy',
  succeeded: 'ok',
  failed: 'error',
  timed_out: 'error',
  // Somebody wanted it so: nothing is wrong, and nothing is known.
  canceled: 'unknown',
}

export const toneOfTask = (state: TaskState): Tone => TASK_TONES[state]
export const taskWord = (state: TaskState): string => state.replace('_', ' ')

const EXERCISE_TONES = { created: 'unknown', running: 'busy', stopping: 'warn', ended: 'ok' } as const

/** How an exercise is shown: its state; once it has ended, whether all of it was measured. */
export function exerciseBadge({ state, states }: Pick<ExerciseSummary, 'state' | 'states'>): {
  readonly tone: Tone
  readonly word: string
} {
  const wrong = states.failed + states.timed_out
  if (state !== 'ended') return { tone: EXERCISE_TONES[state], word: state }
  if (wrong > 0) return { tone: 'error', word: `ended, ${wrong} failed` }
  if (states.canceled > 0) return { tone: 'unknown', word: 'ended early' }
  return { tone: 'ok', word: 'ended' }
}

const VERDICTS = {
  good: { tone: 'ok', word: 'as usual' },
  warn: { tone: 'warn', word: 'slower than usual' },
  bad: { tone: 'error', word: 'much slower than usual' },
} as const

/** What a verdict says; null: too little is known of what is usual. */
export const verdictBadge = (
  verdict: ExerciseSummary['verdict'],
): { readonly tone: Tone; readonly word: string } | null => (verdict === null ? null : VERDICTS[verdict])

/** How many tests came to an end, in any way. */
export const overOf = (states: ExerciseSummary['states']): number =>
  Object.entries(states).reduce((sum, [state, many]) => sum + (isTerminal(state as TaskState) ? many : 0), 0)

/** Seconds as people say them: `45 s`, `3 min 20 s`, `1 h 5 min`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 90) return `${whole} s`
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
  if (hours > 0) return `${hours} h${minutes === 0 ? '' : ` ${minutes} min`}`
  return `${minutes} min${rest === 0 ? '' : ` ${rest} s`}`
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Bytes, as networks count them: `0 B`, `940 kB`, `12.5 GB`. */
export function bytesText(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** step
  return `${value < 10 && step > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[step]}`
}

/** What differs from the usual way of measuring, and what is always asked first: `TCP, 10 s, 4 streams, both ways`. */
export function paramsText(params: TestParams): string {
  const parts = [
    params.tool === 'ping' ? 'ping' : params.protocol.toUpperCase(),
    `${params.timeS} s`,
    ...(params.parallel === 1 ? [] : [count(params.parallel, 'stream')]),
    ...(params.isBidir ? ['both ways at once'] : params.isReverse ? ['reverse'] : []),
    ...(params.bitrateBps === undefined ? [] : [`at ${showBps(params.bitrateBps)}`]),
    ...(params.samples === 1 ? [] : [count(params.samples, 'sample')]),
    ...(params.way === 'underlay' ? ['underlay'] : []),
    ...(params.class === 'background' ? ['background'] : []),
  ]
  return parts.join(', ')
}

/** How a rate stands to what is usual: an arrow, and the same in words. */
export function changeOf(ratio: number | undefined): { readonly arrow: '↑' | '↓' | '→' | ''; readonly words: string } {
  if (ratio === undefined) return { arrow: '', words: 'nothing to compare it with yet' }
  const percent = Math.round(Math.abs(ratio - 1) * 100)
  if (percent < 5) return { arrow: '→', words: 'as usual' }
  return ratio > 1
    ? { arrow: '↑', words: `${percent} % above what is usual` }
    : { arrow: '↓', words: `${percent} % below what is usual` }
}
