import type { LabName } from '../model/ids.ts'
import type { Release } from '../state/lab-commands.ts'
import type { LeaderInput } from './leader.ts'

/** A pause between two looks longer than this is not counted: the leader itself may have stood still. */
const LONGEST_LOOK_MS = 2_000

/**
 * Finds labs that hold numbers though nobody has a wish for them, neither an intent nor its deletion. Time counts only while every
 * admitted host that is not drained is alive: whoever is cut off may be the one that has the intent.
 */
export class Sweep {
  readonly #afterMs: number
  /** How long each such lab was seen so, in ms. */
  readonly #seenMs = new Map<string, number>()
  #last: { readonly term: number; readonly nowMs: number } | undefined

  constructor(afterMs: number) {
    this.#afterMs = afterMs
  }

  /** The releases due now. A new term begins to count anew. */
  due(input: LeaderInput): readonly Release[] {
    const { book, state, at } = input
    const passedMs = this.#passedMs(input)
    const orphans = Object.values(state.assignments).filter(({ lab }) => book.get('intent', lab) === undefined)
    const labs = new Set<string>(orphans.map(({ lab }) => lab))
    for (const lab of this.#seenMs.keys()) if (!labs.has(lab)) this.#seenMs.delete(lab)
    if (isWhole(input)) for (const lab of labs) this.#seenMs.set(lab, (this.#seenMs.get(lab) ?? 0) + passedMs)
    return orphans
      .filter(({ lab }) => (this.#seenMs.get(lab) ?? 0) > this.#afterMs)
      .map(({ lab, intentVersion, index }) => ({
        type: 'release',
        requestId: `sweep/${lab}/${index}/${Math.trunc(at.nowMs)}`,
        nowMs: at.wallMs,
        lab: lab as LabName,
        intentVersion,
        swept: true,
      }))
  }

  #passedMs({ replica, at }: LeaderInput): number {
    const { term } = replica.status
    const last = this.#last
    this.#last = { term, nowMs: at.nowMs }
    if (last?.term === term) return Math.min(at.nowMs - last.nowMs, LONGEST_LOOK_MS)
    this.#seenMs.clear()
    return 0
  }
}

const isWhole = ({ self, state, membership }: LeaderInput): boolean =>
  Object.values(state.roster).every(
    ({ id, state, drained }) =>
      state === 'removed' || drained === true || id === self || membership.of(id)?.state === 'alive',
  )
