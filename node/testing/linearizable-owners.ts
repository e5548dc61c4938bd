import type { Call, HeldNumber, HistoryRules, Operation } from './linearizable.ts'
import { DEFAULT_POOL, leaseEnd, type Ms, mayBeOver, table } from './linearizable-common.ts'
import type { Part, PartStep } from './linearizable-search.ts'

// An owner with its numbers, as a sequential model.

/** What an owner holds of one pool: the values, or only how many where no answer told them (null: not even that). */
interface Holding {
  readonly values: readonly string[] | null
  readonly count: number | null
  readonly endMs: Ms
}

/** By pool. */
type OwnerState = Readonly<Record<string, Holding>>

/** Per owner: asking again gives the same numbers, freeing gives back all of them. */
export function ownerParts(history: readonly Operation[], rules: HistoryRules): readonly Part[] {
  const steps = table<PartStep>()
  const owners = new Set(
    history.flatMap(({ op, result }) => {
      if (op.type !== 'list') return [op.owner]
      return result?.type === 'held' ? result.held.map(({ owner }) => owner) : []
    }),
  )
  for (const operation of history) {
    const { op, result } = operation
    const concernedOwners = op.type !== 'list' ? [op.owner] : result === null ? [] : owners
    for (const owner of concernedOwners) {
      const next = ownerStep(operation, owner)
      steps.add(owner, {
        operation,
        next: (text) =>
          withEnds(JSON.parse(text) as OwnerState, operation, rules)
            .flatMap(next)
            .map(sorted),
      })
    }
  }
  return [...steps.rows].map(([owner, row]) => ({ name: `owner ${owner}`, initial: '{}', steps: row }))
}

const sorted = (state: OwnerState): string =>
  JSON.stringify(Object.fromEntries(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1))))

/** The state as it is, and without each set of leases that may be over. */
function withEnds(state: OwnerState, operation: Operation, rules: HistoryRules): readonly OwnerState[] {
  let states: OwnerState[] = [state]
  for (const [pool, { endMs }] of Object.entries(state)) {
    if (mayBeOver(endMs, operation, rules)) states = states.flatMap((one) => [one, omit(one, pool)])
  }
  return states
}

const omit = (state: OwnerState, pool: string): OwnerState => {
  const { [pool]: _gone, ...others } = state
  return others
}

function ownerStep(operation: Operation, owner: string): (state: OwnerState) => readonly OwnerState[] {
  const { op, result } = operation
  if (op.type === 'free') return (state) => freed(state, result)
  if (op.type === 'reserve') return (state) => reserved(state, op, operation)
  const held = result?.type === 'held' ? result.held.filter((row) => row.owner === owner) : []
  return (state) => seen(state, held)
}

function freed(state: OwnerState, result: Operation['result']): readonly OwnerState[] {
  if (result?.type === 'refused') return [state]
  if (result?.type !== 'freed') return [{}]
  const holdings = Object.values(state)
  const known = holdings.reduce((sum, { count }) => sum + (count ?? 0), 0)
  const isOpen = holdings.some(({ count }) => count === null)
  return result.count === known || (isOpen && result.count > known) ? [{}] : []
}

function reserved(
  state: OwnerState,
  op: Extract<Call, { type: 'reserve' }>,
  operation: Operation,
): readonly OwnerState[] {
  const { result } = operation
  const pool = op.pool ?? DEFAULT_POOL
  const held = state[pool]
  const endMs = leaseEnd(operation)
  if (result?.type === 'refused') return held !== undefined && result.code === 'POOL_EXHAUSTED' ? [] : [state]
  const values = result?.type === 'numbers' ? result.values.map(String).sort() : null
  const kept = held === undefined ? undefined : { ...held, endMs: endMs ?? held.endMs }
  const fresh = { values: null, count: op.count ?? null, endMs }
  const holding = told(kept ?? fresh, values)
  return holding === undefined ? [] : [{ ...state, [pool]: holding }]
}

/** The holding, now that its values were told; undefined where they are not those it has. */
function told(holding: Holding, values: readonly string[] | null): Holding | undefined {
  if (values === null) return holding
  if (holding.values !== null) return String(holding.values) === String(values) ? holding : undefined
  if (holding.count !== null && holding.count !== values.length) return undefined
  return { ...holding, values, count: values.length }
}

function seen(state: OwnerState, rows: readonly HeldNumber[]): readonly OwnerState[] {
  const shown = new Map<string, string[]>()
  for (const { pool = DEFAULT_POOL, value } of rows) shown.set(pool, [...(shown.get(pool) ?? []), String(value)])
  if (shown.size !== Object.keys(state).length) return []
  const next: Record<string, Holding> = {}
  for (const [pool, holding] of Object.entries(state)) {
    const values = shown.get(pool)?.sort()
    const after = values === undefined ? undefined : told(holding, values)
    if (after === undefined) return []
    next[pool] = after
  }
  return [next]
}
