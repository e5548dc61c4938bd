import BTreePackage from 'sorted-btree'
import { compareText } from '../record/version.ts'

const BTree = BTreePackage.default

/**
 * A sorted table that never changes: whoever holds one may keep it. `clone` is O(1) and shares everything; a change of the clone copies
 * only the O(log n) nodes on its way (docs/adr/0010).
 */
export interface Table<K, V> {
  readonly size: number
  get(key: K): V | undefined
  minKey(): K | undefined
  maxKey(): K | undefined
  /** The row of `key`, or the next above it. */
  getPairOrNextHigher(key: K): [K, V] | undefined
  /** Ascending, from the first key that is not below `from`. */
  entries(from?: K): IterableIterator<[K, V]>
  clone(): Draft<K, V>
}

/** A table while it is changed, by the one function that cloned it. */
export interface Draft<K, V> extends Table<K, V> {
  /** True where the key is new. */
  set(key: K, value: V): boolean
  /** True where it was there. */
  delete(key: K): boolean
}

/** What is due at a time; `item` tells what is due at the same one apart. */
export type Due<T extends number | string> = readonly [dueMs: number, item: T]

/** An empty table by number. */
export const numberTable = <V>(): Table<number, V> => new BTree<number, V>(undefined, (a, b) => a - b)

/** An empty table by text, in order of UTF-16 code units. */
export const textTable = <V>(): Table<string, V> => new BTree<string, V>(undefined, compareText)

/** An empty queue, what is due first first. */
export const dueTable = <T extends number | string, V>(): Table<Due<T>, V> =>
  new BTree<Due<T>, V>(undefined, compareDue)

function compareDue<T extends number | string>(a: Due<T>, b: Due<T>): number {
  if (a[0] !== b[0]) return a[0] - b[0]
  if (a[1] === b[1]) return 0
  return a[1] < b[1] ? -1 : 1
}
