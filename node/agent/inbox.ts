import type { Engine } from '#core/engine/engine.ts'
import type { Event } from '#core/engine/event.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Fresh, RosterEntry, SignedRecord } from '#core/model/record.ts'
import { checkFresh, freshKey } from '#core/record/freshness.ts'
import { createVerifier } from '#identity/verify.ts'
import type { Store } from '#store/index.ts'
import { isBodyReadable } from './bodies.ts'

export type Verdict = 'accept' | 'ignore' | 'reject'

export interface InboxOptions {
  readonly engine: Engine
  readonly store: Pick<Store, 'putFreshness'>
  /** What was kept before this start. */
  readonly freshness: Readonly<Record<string, Fresh>>
  dispatch(event: Event): void
  count(code: string): void
}

/** Every record from other hosts comes through here: verified, fresh, and only then the engine's. */
export class Inbox {
  readonly #options: InboxOptions
  readonly #verify: ReturnType<typeof createVerifier>
  readonly #fresh: Map<string, Fresh>
  readonly #unkept = new Map<string, Fresh>()

  constructor(options: InboxOptions) {
    this.#options = options
    this.#verify = createVerifier({ roster: () => rosterOf(options.engine) })
    this.#fresh = new Map(Object.entries(options.freshness))
  }

  take(record: SignedRecord, _from: HostId | 'sync'): Verdict {
    const verdict = this.#verify(record)
    if (verdict.type !== 'verified') {
      this.#options.count(verdict.code)
      return verdict.type
    }
    if (checkFresh(this.#fresh, record) === 'old') {
      this.#options.count('NOT_FRESH')
      return 'ignore'
    }
    if (!isBodyReadable(record)) {
      this.#options.count('BODY_MALFORMED')
      return 'reject'
    }
    const slot = freshKey(record)
    this.#fresh.set(slot, record.fresh)
    this.#unkept.set(slot, record.fresh)
    this.#options.dispatch({ type: 'record', record: verdict.record, own: false })
    return 'accept'
  }

  /** Makes durable what was heard since last time: a replay after a restart is still old. */
  async keep(): Promise<void> {
    if (this.#unkept.size === 0) return
    const batch = Object.fromEntries(this.#unkept)
    this.#unkept.clear()
    await this.#options.store.putFreshness(batch)
  }
}

const rosterOf = (engine: Engine): readonly RosterEntry[] => engine.roster?.hosts ?? []
