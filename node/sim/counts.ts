/** What schedules are to meet; `npm run sim` prints how often each came about. */
export const KINDS = [
  'elections',
  'leaders that fell with calls under way',
  'crashes',
  'crashes within the effects of a call',
  'writes lost in a crash',
  'messages lost',
  'messages doubled',
  'messages that overtook others',
  'messages stopped by a cut both ways',
  'messages stopped by a one-way cut',
  'clocks that drift',
  'stalls',
  'changes of the configuration',
  'leaderships handed over',
  'logs compacted',
  'snapshots restored',
  'entries replaced',
  'appends refused',
  'reminders of old entries',
  'calls answered',
  'calls without an answer',
  'calls sent again',
  'calls sent again to another host',
  'requests committed twice',
  'numbers reserved',
  'numbers reused after their rest',
  'leases ended',
  'labs assigned',
  'hosts admitted',
  'hosts removed',
  'NICs held',
  'numbers of tests taken',
  'NIC_BUSY',
  'TOKEN_SPENT',
  'NAME_TAKEN',
  'POOL_EXHAUSTED',
] as const

export type Kind = (typeof KINDS)[number]

/** How often what happened. */
export class Counts {
  readonly #counts = new Map<Kind, number>()

  add(kind: Kind, count = 1): void {
    this.#counts.set(kind, this.of(kind) + count)
  }

  of(kind: Kind): number {
    return this.#counts.get(kind) ?? 0
  }

  addAll(other: Readonly<Record<Kind, number>>): void {
    for (const kind of KINDS) this.add(kind, other[kind])
  }

  /** JSON: every kind, 0 where it never happened. */
  toJSON(): Readonly<Record<Kind, number>> {
    return Object.fromEntries(KINDS.map((kind) => [kind, this.of(kind)])) as Record<Kind, number>
  }
}
