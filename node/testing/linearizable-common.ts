import type { HistoryRules, Operation } from './linearizable.ts'

/** The pool of a reservation that names none. */
export const DEFAULT_POOL = 'vni'

/** A number of a pool, as parts are named. */
export const numberName = (pool: string | undefined, value: number | string): string =>
  `${pool ?? DEFAULT_POOL}/${value}`

/** When a lease ends; null: never. */
export type Ms = number | null

/** The last moment at which the operation may have happened. */
export const latest = ({ returnedMs }: Operation): number => returnedMs ?? Number.POSITIVE_INFINITY

/** The earliest end of the lease an operation asks for. */
export const leaseEnd = ({ op, invokedMs }: Operation): Ms =>
  op.type === 'reserve' && typeof op.ttlMs === 'number' ? invokedMs + op.ttlMs : null

/** Whether the operation may have happened when a lease that ends at `endMs` was over. */
export const mayBeOver = (endMs: Ms, operation: Operation, { slackMs = 0 }: HistoryRules): boolean =>
  endMs !== null && latest(operation) >= endMs - slackMs

/** Lists by key, in the order in which keys first came. */
interface Table<V> {
  readonly rows: Map<string, V[]>
  add(key: string, value: V): void
}

/** An empty one. */
export function table<V>(): Table<V> {
  const rows = new Map<string, V[]>()
  return {
    rows,
    add: (key, value) => {
      const row = rows.get(key)
      if (row === undefined) rows.set(key, [value])
      else row.push(value)
    },
  }
}
