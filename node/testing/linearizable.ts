import { numberParts } from './linearizable-numbers.ts'
import { ownerParts } from './linearizable-owners.ts'
import { findMisfit, type Part } from './linearizable-search.ts'

/** What a client asked for. `pool` is `vni` unless told; owners are named as the client named them. */
export type Call =
  | {
      readonly type: 'reserve'
      readonly owner: string
      readonly pool?: string
      readonly count?: number
      /** Null or missing: for ever, or as long as it was. */
      readonly ttlMs?: number | null
    }
  | { readonly type: 'free'; readonly owner: string }
  | { readonly type: 'list' }

/** One number as a `list` tells it. */
export interface HeldNumber {
  readonly pool?: string
  readonly value: number | string
  readonly owner: string
}

/** What a client was answered. `refused`: for certain nothing happened. `held`: everything that reservations hold. */
export type Answer =
  | { readonly type: 'numbers'; readonly values: readonly (number | string)[] }
  | { readonly type: 'freed'; readonly count: number }
  | { readonly type: 'held'; readonly held: readonly HeldNumber[] }
  | { readonly type: 'refused'; readonly code: string }

/**
 * One call of one client, in milliseconds of one clock that all clients share. Without an answer (a timeout, no majority, a lost
 * connection, a test that ended) `returnedMs` and `result` are null: it may have happened, at any later time, or never. A call that was
 * sent again with the same request id is one operation, from the first sending to the answer. JSON.
 */
export interface Operation {
  readonly client: string
  readonly op: Call
  readonly invokedMs: number
  readonly returnedMs: number | null
  readonly result: Answer | null
}

/** `restMs`: how long a freed number rests. `slackMs`: how far apart the clocks of the hosts may be, 0 unless told. */
export interface HistoryRules {
  readonly restMs: number
  readonly slackMs?: number
}

/** `operations`: those that fit no order together, the one that shows it last. */
export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly why: string; readonly operations: readonly Operation[] }

/**
 * Whether a history of reservations is linearizable (Herlihy & Wing 1990): whether one order of the operations, each at a moment between
 * its sending and its answer, explains all answers. Searched per number and per owner, each with Lowe's just-in-time form of Wing & Gong's
 * algorithm ("Testing for linearizability", 2016).
 *
 * Why the parts are sound: an order that explains the whole explains every part of it, since a part keeps the times of its operations
 * and asks less of each. So what a part refuses is wrong for certain. And by locality (Herlihy & Wing, theorem 1) nothing is missed where
 * each owner only ever gets one number: then every operation but `list` concerns a single number, and the numbers are independent
 * objects. Where an owner gets several, what can be missed is only that they were not taken or freed at one moment.
 *
 * A `list` must have been read from the log's state at the leader after a commit; what a follower tells may be old and belongs in no
 * history. Throws RangeError where too many operations without an answer make the search endless.
 */
export function checkHistory(history: readonly Operation[], rules: HistoryRules = { restMs: 0 }): Verdict {
  for (const part of [...ownerParts(history, rules), ...numberParts(history, rules)]) {
    const misfit = findMisfit(part)
    if (misfit !== undefined) return refusal(part, misfit)
  }
  return { ok: true }
}

const SHOWN = 20

function refusal(part: Part, misfit: Operation): Verdict {
  const untilMs = misfit.returnedMs ?? Number.POSITIVE_INFINITY
  const before = part.steps.map(({ operation }) => operation).filter((operation) => operation.invokedMs <= untilMs)
  const operations = [...before.filter((operation) => operation !== misfit).slice(1 - SHOWN), misfit]
  return { ok: false, why: `${part.name}: no order explains ${describe(misfit)}`, operations }
}

/** An operation in a line, for people. */
function describe({ client, op, invokedMs, returnedMs, result }: Operation): string {
  const asked = op.type === 'list' ? 'list' : `${op.type} ${op.owner}`
  return `${client}'s ${asked} (${invokedMs}–${returnedMs} ms) → ${JSON.stringify(result)}`
}
