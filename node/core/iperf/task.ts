import { isTerminal, type TaskEntry, type TaskState, type TestResult } from '../model/iperf.ts'

/** How a task comes to its end. */
export interface Finish {
  readonly state: Extract<TaskState, 'succeeded' | 'failed' | 'timed_out' | 'canceled'>
  readonly atMs: number
  readonly error?: string
  readonly result?: TestResult
}

/** pending → accepted: it has what it needs, `port` too. Undefined from any other state, as all of these. */
export const accept = (entry: TaskEntry, atMs: number, port?: number): TaskEntry | undefined =>
  entry.state === 'pending'
    ? { ...entry, state: 'accepted', acceptedAtMs: atMs, ...(port !== undefined && { port }) }
    : undefined

/** accepted → running. */
export const begin = (entry: TaskEntry, atMs: number): TaskEntry | undefined =>
  entry.state === 'accepted' ? { ...entry, state: 'running', startedAtMs: atMs } : undefined

/** running → succeeded; from all that is not an end → failed, timed_out, canceled. */
export function finish(entry: TaskEntry, { state, atMs, error, result }: Finish): TaskEntry | undefined {
  if (isTerminal(entry.state) || (state === 'succeeded' && entry.state !== 'running')) return undefined
  return {
    ...entry,
    state,
    endedAtMs: atMs,
    ...(error !== undefined && { error }),
    ...(result !== undefined && { result }),
  }
}
