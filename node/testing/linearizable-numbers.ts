import type { Call, HistoryRules, Operation } from './linearizable.ts'
import { latest, leaseEnd, type Ms, mayBeOver, numberName, table } from './linearizable-common.ts'
import type { Part, PartStep } from './linearizable-search.ts'

// A number with its holder, as a sequential model.

/** A number: who holds it, since when at the earliest, and until when at least; or from when on it may be given at the earliest. */
type NumberState =
  | { readonly holder: string; readonly sinceMs: number; readonly endMs: Ms }
  | { readonly holder: null; readonly fromMs: number }

/** The numbers an operation names, each with the owner it shows there. */
function named({ op, result }: Operation): readonly (readonly [number: string, owner: string])[] {
  if (result?.type === 'held') return result.held.map(({ pool, value, owner }) => [numberName(pool, value), owner])
  if (result?.type !== 'numbers' || op.type !== 'reserve') return []
  return result.values.map((value) => [numberName(op.pool, value), op.owner])
}

/** Per number: who takes it, who drops it, who sees it. */
export function numberParts(history: readonly Operation[], rules: HistoryRules): readonly Part[] {
  const index = indexOf(history)
  const steps = table<PartStep>()
  for (const operation of history)
    for (const number of concerned(operation, index)) {
      const next = numberStep(operation, number, { rules, index })
      if (next !== undefined) steps.add(number, { operation, next: (text) => next(read(text)).map(write) })
    }
  const initial = write({ holder: null, fromMs: Number.MIN_SAFE_INTEGER })
  return [...steps.rows].map(([number, row]) => ({ name: `number ${number}`, initial, steps: row }))
}

interface Index {
  /** Every number that was ever seen held. */
  readonly all: ReadonlySet<string>
  /** By owner, the numbers it was ever seen to hold. */
  readonly numbers: ReadonlyMap<string, ReadonlySet<string>>
  /** Owners with a reservation without an answer, which may hold what nobody saw. */
  readonly unsure: ReadonlySet<string>
}

function indexOf(history: readonly Operation[]): Index {
  const numbers = new Map<string, Set<string>>()
  const unsure = new Set<string>()
  for (const operation of history) {
    const { op, result } = operation
    if (op.type === 'reserve' && result === null) unsure.add(op.owner)
    for (const [number, owner] of named(operation)) numbers.set(owner, (numbers.get(owner) ?? new Set()).add(number))
  }
  return { numbers, unsure, all: new Set([...numbers.values()].flatMap((some) => [...some])) }
}

const read = (text: string): NumberState => JSON.parse(text) as NumberState
const write = (state: NumberState): string => JSON.stringify(state)

/** A list concerns every number; the others those that anybody ever saw their owner hold. */
function concerned({ op, result }: Operation, { all, numbers }: Index): Iterable<string> {
  if (op.type === 'list') return result === null ? [] : all
  return numbers.get(op.owner) ?? []
}

type NumberStep = (state: NumberState) => readonly NumberState[]

interface Around {
  readonly rules: HistoryRules
  readonly index: Index
}

function numberStep(operation: Operation, number: string, { rules, index }: Around): NumberStep | undefined {
  const { op, result } = operation
  if (result?.type === 'refused') return undefined
  if (op.type === 'free') {
    const isSole = index.numbers.get(op.owner)?.size === 1 && !index.unsure.has(op.owner)
    return (state) => [state, ...ended(state, operation, rules)].flatMap((before) => drop(before, operation, isSole))
  }
  if (op.type === 'reserve') {
    const pool = numberName(op.pool, '')
    const isTaken = result === null ? number.startsWith(pool) : named(operation).some(([other]) => other === number)
    return isTaken ? (state) => take(state, { op, operation, rules }) : undefined
  }
  const seen = named(operation).find(([other]) => other === number)?.[1] ?? null
  return (state) => [state, ...ended(state, operation, rules)].filter(({ holder }) => holder === seen)
}

/** `isSole`: the owner never had another number, so how many it freed tells whether it held this one. */
function drop(state: NumberState, { op, invokedMs, result }: Operation, isSole: boolean): readonly NumberState[] {
  const count = result?.type === 'freed' ? result.count : undefined
  const isHeld = op.type === 'free' && state.holder === op.owner
  if (!isHeld) return isSole && (count ?? 0) > 0 ? [] : [state]
  return count === 0 ? [] : [{ holder: null, fromMs: Math.max(invokedMs, state.sinceMs) }]
}

/** The state after the lease of the holder ended, where it may have. */
function ended(state: NumberState, operation: Operation, rules: HistoryRules): readonly NumberState[] {
  if (state.holder === null || state.endMs === null || !mayBeOver(state.endMs, operation, rules)) return []
  return [{ holder: null, fromMs: state.endMs }]
}

interface Taking {
  readonly op: Extract<Call, { type: 'reserve' }>
  readonly operation: Operation
  readonly rules: HistoryRules
}

function take(state: NumberState, { op, operation, rules }: Taking): readonly NumberState[] {
  const endMs = leaseEnd(operation)
  const kept: readonly NumberState[] = state.holder === op.owner ? [{ ...state, endMs: endMs ?? state.endMs }] : []
  const free = state.holder === null ? [state] : ended(state, operation, rules)
  const rested = free.filter((before) => before.holder === null && mayBeRested(before.fromMs, operation, rules))
  return [...kept, ...rested.map(() => ({ holder: op.owner, sinceMs: operation.invokedMs, endMs }))]
}

const mayBeRested = (fromMs: number, operation: Operation, { restMs, slackMs = 0 }: HistoryRules): boolean =>
  latest(operation) >= fromMs + restMs - slackMs
