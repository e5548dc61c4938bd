/** How late this process itself runs: what its own time-outs must grow by, or a starved host accuses its peers. */
export interface LagGauge {
  /** The largest delay of a timer within the last seconds, whole milliseconds. */
  lagMs(): number
  stop(): void
}

const SAMPLE_MS = 250
/** Longer than three probes: what piled up while we stood still is worked off by then. */
const KEEP_MS = 5000

/** Starts to measure the event loop. */
export function startLagGauge(monotonicMs: () => number): LagGauge {
  let samples: { readonly atMs: number; readonly lagMs: number }[] = []
  let dueMs = monotonicMs() + SAMPLE_MS
  const sample = (): void => {
    const nowMs = monotonicMs()
    samples = [
      ...samples.filter(({ atMs }) => nowMs - atMs < KEEP_MS),
      { atMs: nowMs, lagMs: Math.max(0, nowMs - dueMs) },
    ]
    dueMs = nowMs + SAMPLE_MS
  }
  const timer = setInterval(sample, SAMPLE_MS)
  timer.unref()
  return {
    lagMs: () => Math.ceil(Math.max(0, monotonicMs() - dueMs, ...samples.map(({ lagMs }) => lagMs))),
    stop: () => clearInterval(timer),
  }
}
