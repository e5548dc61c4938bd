import type { AgentPort, EventView, LabView } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'

/** How far the bringing up or taking down of a lab has got. */
export interface Job {
  readonly id: string
  readonly lab_id: string
  readonly action: 'up' | 'down'
  /** `canceled`: somebody asked for something else before it was done. */
  readonly status: 'queued' | 'running' | 'completed' | 'failed' | 'canceled'
  /** ISO 8601, by the clock of the host that was asked. */
  readonly created_at: string
  /** When it was seen to be done; null while it is not. */
  readonly completed_at: string | null
  /** Name of the host that was asked. */
  readonly host: string
  /** Parts that are as asked for, of all of them; null of a job that another one followed. */
  readonly progress: { readonly done: number; readonly total: number } | null
  /** Why it failed or waits; null where it does not. */
  readonly error: string | null
  /** What happened, oldest first. */
  readonly log: readonly string[]
}

/** What is read of the feed for one lab. */
const EVENTS_READ = 2_000
/** Lines of the log of one job. */
const MAX_LINES = 200

/** The jobs of a lab as its events and its state tell them, newest first; what the feed has forgotten is not there. */
export async function jobsOf(agent: AgentPort, lab: string): Promise<readonly Job[]> {
  const { events } = await agent.events({ lab, limit: EVENTS_READ })
  const view = labIfThere(agent, lab)
  const starts = events.flatMap(({ code }, at) => (code === 'LAB_SUBMITTED' || code === 'LAB_REMOVED' ? [at] : []))
  return starts
    .map((start, nth) => {
      const next = starts[nth + 1]
      const part = events.slice(start, next)
      return next === undefined ? newest(part, lab, view) : former(part, lab)
    })
    .toReversed()
}

/** Undefined where there is none. */
export function labIfThere(agent: AgentPort, lab: string): LabView | undefined {
  try {
    return agent.lab(lab)
  } catch (error) {
    if (error instanceof MeshError && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}

type Head = Pick<Job, 'id' | 'lab_id' | 'action' | 'created_at' | 'host' | 'log'>

const headOf = ([first, ...rest]: readonly EventView[], lab: string): Head => ({
  id: first === undefined ? lab : `${first.hostName}-${first.boot}-${first.seq}`,
  lab_id: lab,
  action: first?.code === 'LAB_REMOVED' ? 'down' : 'up',
  created_at: timeOf(first),
  host: first?.hostName ?? '',
  log: [first, ...rest].flatMap((event) => (event === undefined ? [] : [lineOf(event)])).slice(0, MAX_LINES),
})

const timeOf = (event: EventView | undefined): string => new Date(event?.atMs ?? 0).toISOString()

const lineOf = ({ atMs, hostName, message }: EventView): string =>
  `${new Date(atMs).toISOString()} ${hostName}: ${message}`

/** One that another followed: it was done where the feed says so. */
function former(events: readonly EventView[], lab: string): Job {
  const head = headOf(events, lab)
  const up = events.find(({ code }) => code === 'LAB_UP')
  if (head.action === 'up' && up === undefined)
    return { ...head, status: 'canceled', completed_at: null, progress: null, error: null }
  return { ...head, status: 'completed', completed_at: timeOf(up ?? events.at(-1)), progress: null, error: null }
}

/** The last one: what the lab is now says how far it is. */
function newest(events: readonly EventView[], lab: string, view: LabView | undefined): Job {
  const head = headOf(events, lab)
  const up = events.find(({ code }) => code === 'LAB_UP')
  const isDone = head.action === 'down' ? view === undefined : view?.state === 'up' || up !== undefined
  const status = isDone ? 'completed' : statusOf(head.action, view)
  return {
    ...head,
    status,
    completed_at: isDone ? timeOf(up ?? events.at(-1)) : null,
    progress: view === undefined || head.action === 'down' ? null : progressOf(view),
    error: isDone ? null : errorOf(view),
  }
}

function statusOf(action: Job['action'], view: LabView | undefined): Job['status'] {
  if (action === 'down') return 'running'
  if (view === undefined || view.state === 'down') return 'canceled'
  if (view.waiting !== undefined) return view.waiting.code === 'NO_QUORUM' ? 'queued' : 'failed'
  if (view.state === 'pending') return 'queued'
  return view.state === 'creating' ? 'running' : 'failed'
}

const progressOf = ({ nodes, links }: LabView): Job['progress'] => ({
  done:
    nodes.filter(({ state }) => state === 'running' || state === 'exited').length +
    links.filter(({ state }) => state === 'up' || state === 'down').length,
  total: nodes.length + links.length,
})

const errorOf = (view: LabView | undefined): string | null =>
  view?.waiting?.message ??
  view?.nodes.find(({ error }) => error !== undefined)?.error ??
  view?.links.find(({ error }) => error !== undefined)?.error ??
  null
