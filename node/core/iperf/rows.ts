import type { TaskState, TestParams, TestResult } from '../model/iperf.ts'

/** A test as it is handed on: in JSON, in CSV. */
export interface ResultRow {
  readonly id: number
  readonly exercise: number
  readonly source: string
  readonly destination: string
  readonly state: TaskState
  /** Null where nothing is known. */
  readonly receivedBps: number | null
  readonly sentBps?: number
  readonly retransmits?: number
  readonly jitterMs?: number
  readonly lossRatio?: number
  /** Mean round trips by ping, before it and while it ran; of a test of pings alone the first is what it measured. */
  readonly idleMs?: number
  readonly loadedMs?: number
  /** ISO 8601, UTC. */
  readonly startedAt: string | null
  readonly error?: string
}

/** What a row is made of; `TestView` of `agent/port-iperf.ts` is one. */
export interface RowSource {
  readonly id: number
  readonly exercise: number
  readonly source: string
  readonly destination: string
  readonly state: TaskState
  readonly client: { readonly startedAtMs?: number }
  readonly error?: string
  readonly result?: TestResult
  readonly params?: Pick<TestParams, 'tool'>
}

/** `iso`: ISO 8601 of milliseconds, UTC. */
export const toRow = (test: RowSource, iso: (ms: number) => string): ResultRow => {
  const { id, exercise, source, destination, state, error, result } = test
  const { startedAtMs } = test.client
  // A ping alone says nothing of how much goes through.
  const rates = test.params?.tool === 'ping' ? undefined : result
  return {
    ...{ id, exercise, source, destination, state },
    receivedBps: rates?.receivedBps ?? null,
    ...(rates && { sentBps: rates.sentBps }),
    ...(result?.retransmits !== undefined && { retransmits: result.retransmits }),
    ...(result?.jitterMs !== undefined && { jitterMs: result.jitterMs }),
    ...(result?.lossRatio !== undefined && { lossRatio: result.lossRatio }),
    ...(result?.idle !== undefined && { idleMs: result.idle.meanMs }),
    ...(result?.loaded !== undefined && { loadedMs: result.loaded.meanMs }),
    startedAt: startedAtMs === undefined ? null : iso(startedAtMs),
    ...(error !== undefined && { error }),
  }
}
