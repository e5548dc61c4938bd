import { type Flow, isTerminal, type TaskEntry, type TasksBody, type TestResult } from '../model/iperf.ts'
import { MAX_RECORD_BYTES } from '../model/record.ts'
import { mergeIntervals } from './combine.ts'

/** JSON of a body, so that the record around it fits. */
const MAX_BODY_BYTES = MAX_RECORD_BYTES - 8192
/** Intervals of each result, the first that fits. */
const STEPS = [60, 30, 10, 0]
const MAX_ERROR = 120

/**
 * As much as a record holds: intervals are drawn together, then results come down to their rates, and servers that have ended go: of those their
 * clients tell. Why tests failed goes last.
 */
export function fitTasks(body: TasksBody): TasksBody {
  if (fits(body)) return body
  for (const most of STEPS) {
    const less = { ...body, tasks: body.tasks.map((task) => withFewer(task, most)) }
    if (fits(less)) return less
  }
  const tasks = body.tasks.filter(({ role, state }) => role === 'client' || !isTerminal(state)).map(bare)
  if (fits({ ...body, tasks })) return { ...body, tasks }
  return { ...body, tasks: tasks.map(({ error: _, ...task }) => task) }
}

const fits = (body: TasksBody): boolean => new TextEncoder().encode(JSON.stringify(body)).length <= MAX_BODY_BYTES

function withFewer(task: TaskEntry, most: number): TaskEntry {
  if (task.result === undefined || task.result.intervals.length <= most) return task
  return { ...task, result: { ...task.result, intervals: mergeIntervals(task.result.intervals, most) } }
}

const bare = ({ error, result, ...task }: TaskEntry): TaskEntry => ({
  ...task,
  ...(error !== undefined && { error: error.slice(0, MAX_ERROR) }),
  ...(result && { result: bareResult(result) }),
})

function bareResult({ rtt: _, idle: __, loaded: ___, samplesBps: ____, ...result }: TestResult): TestResult {
  const { back, baseline } = result
  return {
    ...result,
    ...rounded(result),
    intervals: [],
    ...(back && { back: rounded(back) }),
    ...(baseline && { baseline: { ...baseline, bps: Math.round(baseline.bps), ratio: digits(baseline.ratio) } }),
  }
}

/** iperf3 prints seventeen digits of everything. */
const rounded = ({ receivedBps, sentBps, retransmits, jitterMs, lossRatio }: Flow): Flow => ({
  receivedBps: Math.round(receivedBps),
  sentBps: Math.round(sentBps),
  ...(retransmits !== undefined && { retransmits }),
  ...(jitterMs !== undefined && { jitterMs: digits(jitterMs) }),
  ...(lossRatio !== undefined && { lossRatio: digits(lossRatio) }),
})

const digits = (value: number): number => Number(value.toFixed(4))
