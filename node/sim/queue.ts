interface Item<T> {
  readonly atMs: number
  readonly order: number
  readonly value: T
}

function isBefore<T>(a: Item<T>, b: Item<T>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

/** What is to happen, by virtual time; at the same time, in the order it was put in. A binary heap. */
export class EventQueue<T> {
  #heap: Item<T>[] = []
  #order = 0

  push(atMs: number, value: T): void {
    const item = { atMs, order: this.#order++, value }
    let at = this.#heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = this.#heap[parent]
      if (above === undefined || isBefore(above, item)) break
      this.#heap[at] = above
      at = parent
    }
    this.#heap[at] = item
  }

  /** Takes out the next item that is due at `untilMs` or before. */
  pop(untilMs: number): { readonly atMs: number; readonly value: T } | undefined {
    const first = this.#heap[0]
    if (first === undefined || first.atMs > untilMs) return undefined
    const last = this.#heap.pop()
    if (last !== undefined && this.#heap.length > 0) this.#sink(last)
    return first
  }

  #sink(item: Item<T>): void {
    let at = 0
    for (;;) {
      const left = this.#heap[2 * at + 1]
      const right = this.#heap[2 * at + 2]
      const below = right !== undefined && left !== undefined && isBefore(right, left) ? right : left
      if (below === undefined || isBefore(item, below)) break
      this.#heap[at] = below
      at = below === left ? 2 * at + 1 : 2 * at + 2
    }
    this.#heap[at] = item
  }
}
