import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { HostWays } from '#agent/port.ts'
import { get } from '../api.ts'
import { hear, roundTripOf, type WaysHeard } from './way.ts'

/** One measure of a way: wall clock of this browser, round trip and loss, null where not known. */
export interface Measure {
  readonly atMs: number
  readonly rttMs: number | null
  readonly loss: number | null
}

export const waysHeard = signal<WaysHeard>(new Map())
/** What this tab saw of each way, by `from/to`, oldest first. */
export const measures = signal<ReadonlyMap<string, readonly Measure[]>>(new Map())

const EVERY_MS = 3_000
/** Ten minutes of it. */
const KEPT = 200

/** Asks all hosts again and again while a screen that shows it is looked at. */
export function useWays(): void {
  useEffect(() => {
    const stop = new AbortController()
    const ask = async (): Promise<void> => {
      if (document.hidden) return
      const answer = await get<readonly HostWays[]>('/v1/ways', stop.signal)
      waysHeard.value = hear(waysHeard.value, answer, performance.now())
      remember(answer)
    }
    // What was heard gets old by itself, and is shown as that.
    const again = (): void => void ask().catch(() => undefined)
    again()
    const timer = setInterval(again, EVERY_MS)
    return () => {
      clearInterval(timer)
      stop.abort()
    }
  }, [])
}

function remember(answer: readonly HostWays[]): void {
  const next = new Map(measures.value)
  for (const { host, ways } of answer)
    for (const way of ways) {
      const loss = way.paths.find(({ path }) => path === way.inUse)?.loss ?? null
      const key = `${host}/${way.name}`
      next.set(key, [...(next.get(key) ?? []), { atMs: Date.now(), rttMs: roundTripOf(way), loss }].slice(-KEPT))
    }
  measures.value = next
}
