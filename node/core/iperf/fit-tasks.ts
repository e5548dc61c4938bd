import type { TaskEntry, TasksBody } from '../model/iperf.ts'
import { MAX_RECORD_BYTES } from '../model/record.ts'
import { mergeIntervals } from './combine.ts'

/** JSON of a body, so that the record around it fits. */
const MAX_BODY_BYTES = MAX_RECORD_BYTES - 8192
/** Intervals of each result, the first that fits. */
const STEPS = [60, 30, 10, 0]

/** As much as a record holds: intervals are drawn together, then servers that ended well go, of which their clients tell. */
export function fitTasks(body: TasksBody): TasksBody {
  if (fits(body)) return body
  for (const most of STEPS) {
    const less = { ...body, tasks: body.tasks.map((task) => withFewer(task, most)) }
    if (fits(less)) return less
  }
  const least = body.tasks.filter(({ role, state }) => role === 'client' || state !== 'succeeded')
  return { ...body, tasks: least.map((task) => withFewer(task, 0)) }
}

// Names and errors may hold letters of several bytes: of those there are few, and there is room left.
const fits = (body: TasksBody): boolean => JSON.stringify(body).length <= MAX_BODY_BYTES

function withFewer(task: TaskEntry, most: number): TaskEntry {
  if (task.result === undefined || task.result.intervals.length <= most) return task
  return { ...task, result: { ...task.result, intervals: mergeIntervals(task.result.intervals, most) } }
}
