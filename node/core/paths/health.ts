/** What people are told of one path: `lost` where the other one answers and this one does not. */
export type Condition = 'unknown' | 'good' | 'degraded' | 'lost'

/** How one path to one peer does. */
export interface Health {
  /** The newest last; rounds in which neither path answered are left out: they say nothing of one of them. */
  readonly window: readonly boolean[]
  /** Smoothed, milliseconds; null before the first answer. */
  readonly rttMs: number | null
  readonly condition: Condition
}

/** Rounds that count: ten seconds at four a second. */
const WINDOW = 40
/** Fewer say nothing yet. */
const ENOUGH = 10
/** Of the window, lost: from here on a path is degraded, and down to there it stays so. */
const DEGRADED = 0.1
const GOOD = 0.025
/** RFC 6298 §2: how much of one measurement goes into the smoothed time. */
const SMOOTHING = 1 / 8

/** Before the first probe. */
export const UNKNOWN: Health = { window: [], rttMs: null, condition: 'unknown' }

/** Share of probes that were lost, 0 to 1; null before the first. */
export const lossOf = ({ window }: Health): number | null =>
  window.length === 0 ? null : window.filter((answered) => !answered).length / window.length

/** An answer took that long. */
export const measured = (health: Health, rttMs: number): Health => ({
  ...health,
  rttMs: health.rttMs === null ? rttMs : health.rttMs + (rttMs - health.rttMs) * SMOOTHING,
})

/** One more probe; `lostInRow` that many make a path lost. A path that is back is judged by what comes from then on. */
export function judged(health: Health, answered: boolean, lostInRow: number): Health {
  const isBack = answered && health.condition === 'lost' && health.window.at(-1) === false
  const window = isBack ? [true] : [...health.window, answered].slice(-WINDOW)
  return { ...health, window, condition: conditionOf({ ...health, window }, lostInRow) }
}

function conditionOf(health: Health, lostInRow: number): Condition {
  const { window, condition } = health
  if (window.length >= lostInRow && !window.slice(-lostInRow).includes(true)) return 'lost'
  if (window.length < ENOUGH) return condition === 'unknown' && window.at(-1) === true ? 'good' : condition
  const loss = lossOf(health) ?? 0
  if (loss >= DEGRADED) return 'degraded'
  return loss > GOOD && condition === 'degraded' ? 'degraded' : 'good'
}
