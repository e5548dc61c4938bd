import type { TestReservation } from '#agent/port-iperf.ts'

/** One reservation on the line of all of them. Places and widths in percent of the line. */
export interface Bar {
  readonly held: TestReservation
  readonly start: number
  readonly width: number
  readonly now: number
  readonly leftMs: number
}

/** All on one line, from the first beginning to the last end; by what is held. */
export function barsOf(held: readonly TestReservation[], nowMs: number): readonly Bar[] {
  const from = Math.min(nowMs, ...held.map(({ sinceMs }) => sinceMs))
  const span = Math.max(nowMs, ...held.map(({ untilMs }) => untilMs)) - from || 1
  const percent = (atMs: number): number => Math.round(((atMs - from) / span) * 1000) / 10
  return held
    .map((one) => ({
      held: one,
      start: percent(one.sinceMs),
      width: Math.max(0.5, percent(one.untilMs) - percent(one.sinceMs)),
      now: percent(nowMs),
      leftMs: Math.max(0, one.untilMs - nowMs),
    }))
    .toSorted((a, b) => name(a.held).localeCompare(name(b.held)) || a.held.sinceMs - b.held.sinceMs)
}

const name = ({ of, type, port = 0 }: TestReservation): string => `${type} ${of} ${String(port).padStart(5, '0')}`
