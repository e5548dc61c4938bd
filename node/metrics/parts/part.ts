import type { AgentPort } from '#agent/port.ts'
import type { Instruments } from '../instruments.ts'

/** What the numbers are read from. */
export type Source = Pick<
  AgentPort,
  'self' | 'hosts' | 'leader' | 'labViews' | 'paths' | 'counters' | 'telemetry' | 'iperf'
>

/** Reads some of the numbers and shows them. */
export type Part = (source: Source, instruments: Pick<Instruments, 'show'>) => void

/** How many there are of each, as lines of a metric; those named first are there even where there is none. */
export const tally = <K extends string>(
  values: readonly K[],
  always: readonly K[],
): readonly (readonly [K, number])[] => {
  const counts = new Map<K, number>(always.map((value) => [value, 0]))
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts]
}

/** What a metric says of yes and no. */
export const flag = (is: boolean): number => (is ? 1 : 0)
