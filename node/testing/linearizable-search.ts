import type { Operation } from './linearizable.ts'

/** One operation as one part of the history sees it: from a state to those it may lead to; none where its answer does not fit. */
export interface PartStep {
  readonly operation: Operation
  /** States are JSON texts, so that equal ones are found. */
  readonly next: (state: string) => readonly string[]
}

/** Operations on one object, which starts in the state `initial`. */
export interface Part {
  readonly name: string
  readonly initial: string
  readonly steps: readonly PartStep[]
}

/** One way things may have gone so far: the state, and which of the open operations have happened. */
interface Course {
  readonly state: string
  readonly done: ReadonlySet<number>
}

type Courses = Map<string, Course>

/** Far more than a history with answers ever needs. */
const MAX_COURSES = 100_000

const keyOf = ({ state, done }: Course): string => `${[...done].sort((a, b) => a - b).join(',')} ${state}`

const add = (courses: Courses, course: Course): boolean => {
  const key = keyOf(course)
  if (courses.has(key)) return false
  courses.set(key, course)
  if (courses.size > MAX_COURSES) throw new RangeError('too many operations without an answer to check the history')
  return true
}

/**
 * The first operation whose answer no order explains; undefined where one explains all. Operations are put in order only when one
 * of them returns, and then no more of the open ones than it takes (Lowe 2016, "just-in-time linearization").
 */
export function findMisfit({ initial, steps }: Part): Operation | undefined {
  const open = new Set<number>()
  let courses: Courses = new Map()
  add(courses, { state: initial, done: new Set() })
  for (const { at, type } of moments(steps)) {
    if (type === 'invoked') open.add(at)
    else {
      courses = returned(courses, { steps, open, at })
      open.delete(at)
      if (courses.size === 0) return steps[at]?.operation
    }
  }
  return undefined
}

interface Moment {
  readonly at: number
  readonly type: 'invoked' | 'returned'
  readonly ms: number
}

/** All sendings and answers by time; at the same time sendings first, since such operations overlap. */
function moments(steps: readonly PartStep[]): readonly Moment[] {
  return steps
    .flatMap(({ operation: { invokedMs, returnedMs } }, at): readonly Moment[] => [
      { at, type: 'invoked', ms: invokedMs },
      ...(returnedMs === null ? [] : [{ at, type: 'returned', ms: returnedMs } as const]),
    ])
    .sort((a, b) => a.ms - b.ms || Number(a.type === 'returned') - Number(b.type === 'returned'))
}

interface Returning {
  readonly steps: readonly PartStep[]
  readonly open: ReadonlySet<number>
  readonly at: number
}

/** The courses in which the operation `at` has happened. */
function returned(courses: Courses, { steps, open, at }: Returning): Courses {
  const found: Courses = new Map()
  const seen: Courses = new Map()
  const waiting: Course[] = []
  const visit = (course: Course): void => {
    const after = withReads(course, steps, open)
    if (add(seen, after)) waiting.push(after)
  }
  for (const course of courses.values()) visit(course)
  for (let course = waiting.pop(); course !== undefined; course = waiting.pop()) {
    const { state, done } = course
    if (done.has(at)) add(found, { state, done: without(done, at) })
    else
      for (const other of open)
        if (!done.has(other))
          for (const next of steps[other]?.next(state) ?? []) visit({ state: next, done: new Set([...done, other]) })
  }
  return found
}

/** The course with every open read done whose answer fits now: what changes nothing is never done too early. */
function withReads({ state, done }: Course, steps: readonly PartStep[], open: ReadonlySet<number>): Course {
  const reads = [...open].filter((at) => {
    const step = steps[at]
    return step?.operation.op.type === 'list' && !done.has(at) && step.next(state).includes(state)
  })
  return reads.length === 0 ? { state, done } : { state, done: new Set([...done, ...reads]) }
}

const without = (done: ReadonlySet<number>, at: number): ReadonlySet<number> =>
  new Set([...done].filter((other) => other !== at))
