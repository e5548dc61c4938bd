import type { RecordKind, VerifiedRecord } from '../model/record.ts'
import { isExpired } from '../record/expire.ts'
import { compareRecords, recordId } from '../record/merge.ts'

/** The records this host holds: the newest of each kind and key. */
export class Book {
  readonly #records = new Map<string, VerifiedRecord>()

  /** Keeps `record` if it is newer than what is held; says whether it was. */
  merge(record: VerifiedRecord): boolean {
    const id = recordId(record)
    const held = this.#records.get(id)
    if (held !== undefined && compareRecords(record, held) <= 0) return false
    this.#records.set(id, record)
    return true
  }

  get(kind: RecordKind, key: string): VerifiedRecord | undefined {
    return this.#records.get(recordId({ kind, key }))
  }

  of(kind: RecordKind): readonly VerifiedRecord[] {
    return [...this.#records.values()].filter((record) => record.kind === kind)
  }

  all(): IterableIterator<VerifiedRecord> {
    return this.#records.values()
  }

  /** Drops what may be forgotten at `wallMs`, and says what it was. */
  expire(wallMs: number): readonly VerifiedRecord[] {
    const old = [...this.#records.values()].filter((record) => isExpired(record, wallMs))
    for (const record of old) this.#records.delete(recordId(record))
    return old
  }
}
