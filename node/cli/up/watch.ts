import { ERRORS } from '#core/model/errors.ts'
import { ageText } from '../duration.ts'
import type { Failure } from '../failures.ts'
import type { LabShape } from '../lab-shapes.ts'

/** A majority may come back while a leader is elected. */
export const QUORUM_GRACE_MS = 5000
/** Longer than one round of repair after a failure (back-off starts at 1 s). */
const STUCK_MS = 20_000

/** What was remembered of the views so far. */
export interface Watch {
  readonly startedMs: number
  readonly fingerprint: string
  /** Since when the fingerprint is what it is. */
  readonly sameSinceMs: number
  /** Since when the lab waits for a majority, without a break. */
  readonly waitingSinceMs?: number
}

export type Verdict =
  | { readonly type: 'wait' }
  | { readonly type: 'up' }
  | { readonly type: 'failed'; readonly failure: Failure }

export interface Look {
  readonly view: LabShape
  readonly nowMs: number
  /** What was submitted; an older one is not judged. */
  readonly generation: number
  readonly timeoutMs: number
}

const WAIT: Verdict = { type: 'wait' }

export const startWatch = (nowMs: number): Watch => ({ startedMs: nowMs, fingerprint: '', sameSinceMs: nowMs })

/** Takes one look at a lab that is coming up, and says whether to go on looking. */
export function judge(watch: Watch, look: Look): { readonly watch: Watch; readonly verdict: Verdict } {
  const next = remember(watch, look)
  const { view, nowMs, generation, timeoutMs } = look
  const isOurs = view.generation >= generation
  if (isOurs && view.state === 'up') return { watch: next, verdict: { type: 'up' } }
  const failure =
    (isOurs ? (waitingFailure(next, look) ?? stuckFailure(next, look)) : undefined) ??
    (nowMs - watch.startedMs >= timeoutMs ? timeoutFailure(view, timeoutMs) : undefined)
  return { watch: next, verdict: failure === undefined ? WAIT : { type: 'failed', failure } }
}

function remember(watch: Watch, { view, nowMs }: Look): Watch {
  const fingerprint = JSON.stringify([
    view.state,
    view.nodes.map(({ name, state, error }) => [name, state, error]),
    view.links.map(({ id, state, error }) => [id, state, error]),
  ])
  const sameSinceMs = fingerprint === watch.fingerprint ? watch.sameSinceMs : nowMs
  const waits = view.waiting !== undefined && isPassing(view.waiting.code)
  const waitingSinceMs = waits ? (watch.waitingSinceMs ?? nowMs) : undefined
  return {
    startedMs: watch.startedMs,
    fingerprint,
    sameSinceMs,
    ...(waitingSinceMs === undefined ? {} : { waitingSinceMs }),
  }
}

/** Reasons to wait that often end within seconds. */
const isPassing = (code: string): boolean => code === 'NO_QUORUM' || code === 'NOT_LEADER'

function waitingFailure(watch: Watch, { view, nowMs }: Look): Failure | undefined {
  const { waiting } = view
  if (waiting === undefined) return undefined
  const details = { ...waiting.details, lab: view }
  if (!isPassing(waiting.code))
    return { error: waiting.code, message: waiting.message, hint: hintOf(waiting.code), details }
  if (nowMs - (watch.waitingSinceMs ?? nowMs) < QUORUM_GRACE_MS) return undefined
  const message = `${waiting.message}; lab ${view.name} comes up by itself once a majority is back`
  return {
    error: waiting.code,
    message,
    hint: `Start the hosts that are missing; look with \`skein lab show ${view.name}\`.`,
    details,
  }
}

const hintOf = (code: string): string => (Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS].hint : '')

function stuckFailure({ sameSinceMs }: Watch, { view, nowMs }: Look): Failure | undefined {
  if ((view.state !== 'error' && view.state !== 'degraded') || nowMs - sameSinceMs < STUCK_MS) return undefined
  return {
    error: 'TOOL_FAILED',
    message: `lab ${view.name} is in state ${view.state}, unchanged for ${ageText(STUCK_MS)}`,
    hint: `It is tried again by itself; look with \`skein lab show ${view.name}\`, end it with \`skein lab down ${view.name}\`.`,
    details: { faults: faultsOf(view), lab: view },
  }
}

function timeoutFailure(view: LabShape, timeoutMs: number): Failure {
  return {
    error: 'TIMEOUT',
    message: `lab ${view.name} is not up after ${ageText(timeoutMs)}`,
    hint: `It goes on in the background; look with \`skein lab show ${view.name}\`.`,
    details: { faults: faultsOf(view), lab: view },
  }
}

/** What keeps a lab from being up, one line for each node and link. */
function faultsOf(view: LabShape): readonly string[] {
  const line = (what: string, { state, error }: { readonly state: string; readonly error?: string }) =>
    `${what}: ${state}${error === undefined ? '' : `: ${error}`}`
  return [
    ...view.nodes.filter(({ state }) => state !== 'running').map((node) => line(`node ${node.name}`, node)),
    ...view.links.filter(({ state }) => state !== 'up').map((link) => line(`link ${link.id}`, link)),
    ...view.notes.map((note) => `note: ${note}`),
  ]
}
