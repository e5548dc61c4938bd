import type { Clock } from '#platform/clock.ts'
import { createInstruments, type Instruments } from './instruments.ts'
import { showAgent } from './parts/agent.ts'
import { showAllocations, showConsensus } from './parts/consensus.ts'
import { showHost } from './parts/host.ts'
import { showLabs } from './parts/labs.ts'
import { showMesh, showPaths } from './parts/mesh.ts'
import type { Part, Source } from './parts/part.ts'
import { showTests } from './parts/tests.ts'
import { createWatch, type Watch } from './watch.ts'

/** The numbers of one host, for Prometheus. */
export interface Metrics {
  /** Counts and times what happens. */
  readonly watch: Watch
  /** All numbers as text; read anew at most once a second, however many ask. Never rejects for a part that cannot be read. */
  scrape(source: Source): Promise<string>
  /** Begins to look how late timers run. */
  start(): void
  stop(): void
}

/** Of the answers of {@link Metrics.scrape}: the Prometheus text format 0.0.4. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const PARTS: Readonly<Record<string, Part>> = {
  agent: showAgent,
  mesh: showMesh,
  paths: showPaths,
  consensus: showConsensus,
  allocations: showAllocations,
  host: showHost,
  labs: showLabs,
  tests: showTests,
}

/** Many who scrape are answered with the same text for so long. */
const SAME_MS = 1_000
const LAG_EVERY_MS = 250

/** Numbers of its own; nothing is read before somebody asks. */
export function createMetrics(clock: Clock): Metrics {
  const instruments = createInstruments()
  const watch = createWatch(instruments, () => clock.nowMs())
  let last: { readonly text: Promise<string>; readonly atMs: number } | undefined
  let timer: NodeJS.Timeout | undefined
  return {
    watch,
    scrape: (source) => {
      const nowMs = clock.monotonicMs()
      if (last !== undefined && nowMs - last.atMs < SAME_MS) return last.text
      last = { text: read(source, instruments), atMs: nowMs }
      return last.text
    },
    start: () => {
      let dueMs = clock.monotonicMs() + LAG_EVERY_MS
      timer = setInterval(() => {
        const nowMs = clock.monotonicMs()
        watch.lag(Math.max(0, nowMs - dueMs) / 1_000)
        dueMs = nowMs + LAG_EVERY_MS
      }, LAG_EVERY_MS)
      timer.unref()
    },
    stop: () => clearInterval(timer),
  }
}

const read = (source: Source, instruments: Instruments): Promise<string> => {
  for (const [part, show] of Object.entries(PARTS)) {
    try {
      show(source, instruments)
    } catch {
      instruments.count('skein_scrape_failures_total', { part })
    }
  }
  return instruments.text()
}
