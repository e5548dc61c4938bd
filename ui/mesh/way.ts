import type { HostWays, WayView } from '#agent/port.ts'
import type { Tone } from '../states.ts'
import { ageText, msText } from '../time-text.ts'

/** What one host last said of its ways, and when this tab heard it (monotonic). */
interface HeardWays {
  readonly told: HostWays
  readonly heardMs: number
  /** Why it could not be asked since then; absent where it could. */
  readonly trouble?: string
}

/** By name of the host that tells. */
export type WaysHeard = ReadonlyMap<string, HeardWays>

/** One direction between two hosts, as it is shown. `ageMs`: since it was known; null where it never was. */
export interface Cell {
  readonly from: string
  readonly to: string
  readonly tone: Tone
  /** For example `0.7 ms`; what is wrong in a word or two. */
  readonly text: string
  /** All that is known of it, in words. */
  readonly detail: string
  readonly ageMs: number | null
}

/** WireGuard agrees on keys anew every 120 s while packets pass; a tunnel without that for so long is dead. */
const HANDSHAKE_DEAD_MS = 150_000
/** What was heard longer ago than this may be otherwise by now. */
const OLD_MS = 15_000

/** What a tab knows after hosts were asked again: what an unreachable one said before stays, and gets old. */
export function hear(before: WaysHeard, answer: readonly HostWays[], nowMs: number): WaysHeard {
  return new Map(
    answer.map((told) => {
      if (told.unreachable === undefined) return [told.host, { told, heardMs: nowMs }]
      const old = before.get(told.host) ?? { told, heardMs: Number.NEGATIVE_INFINITY }
      return [told.host, { ...old, trouble: told.unreachable }]
    }),
  )
}

/** How `from` reaches `to`, by what `from` said. Unknown is never green and has no number. */
export function cellOf(
  heard: WaysHeard,
  from: string,
  { to, nowMs }: { readonly to: string; readonly nowMs: number },
): Cell {
  const of = heard.get(from)
  const way = of?.told.ways.find(({ name }) => name === to)
  const age = of === undefined ? Number.POSITIVE_INFINITY : nowMs - of.heardMs
  const ageMs = Number.isFinite(age) ? age : null
  const base = { from, to, ageMs }
  if (of === undefined || way === undefined || of.trouble !== undefined || age > OLD_MS) {
    const last =
      way === undefined || ageMs === null
        ? 'nothing was heard of it'
        : `last known ${ageText(ageMs)} ago: ${wordsOf(way).join(', ')}`
    return {
      ...base,
      tone: 'unknown',
      text: ageMs === null ? 'unknown' : `${ageText(ageMs)} old`,
      detail: [of?.trouble, last].filter(Boolean).join('; '),
    }
  }
  const verdict = verdictOf(way)
  return { ...base, ...verdict, detail: wordsOf(way).join(', ') }
}

/** Milliseconds to a peer and back: on the path in use where that is probed, else of the mesh's own connection; null where nobody knows. */
export function roundTripOf(way: WayView): number | null {
  const used = way.paths.find(({ path }) => path === way.inUse)
  return used?.rttMs ?? way.roundTripMs
}

function verdictOf(way: WayView): Pick<Cell, 'tone' | 'text'> {
  const { handshakeAgeMs, paths } = way
  if (paths.length > 0 && paths.every(({ condition }) => condition === 'lost')) return { tone: 'error', text: 'lost' }
  if (handshakeAgeMs === null || handshakeAgeMs > HANDSHAKE_DEAD_MS) return { tone: 'error', text: 'no tunnel' }
  const ms = roundTripOf(way)
  // Keys that were agreed on a minute ago say nothing of now.
  if (ms === null && !paths.some(({ condition }) => condition === 'good')) return { tone: 'unknown', text: 'no answer' }
  const text = ms === null ? 'tunnel' : msText(ms)
  const isImpaired = paths.some(({ condition }) => condition === 'lost' || condition === 'degraded') || lossOf(way) > 0
  return { tone: isImpaired ? 'warn' : 'ok', text }
}

const lossOf = (way: WayView): number => way.paths.find(({ path }) => path === way.inUse)?.loss ?? 0

function wordsOf(way: WayView): readonly string[] {
  const ms = roundTripOf(way)
  return [
    ...(ms === null ? ['round trip not known'] : [`round trip ${msText(ms)}`]),
    way.handshakeAgeMs === null ? 'never a handshake' : `handshake ${ageText(way.handshakeAgeMs)} ago`,
    way.inUse === null
      ? 'no path in use'
      : `goes by ${way.inUse === 'elsewhere' ? (way.endpoint ?? 'elsewhere') : `its ${way.inUse} path`}`,
    ...way.paths.flatMap(({ path, condition, loss }) =>
      condition === 'not probed'
        ? []
        : [`${path} ${condition}${loss === null ? '' : `, ${Math.round(loss * 100)} % lost`}`],
    ),
  ]
}
