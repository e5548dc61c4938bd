import type { HostId } from '#core/model/ids.ts'
import { type Base, Checker } from './checker.ts'
import type { Counts } from './counts.ts'
import type { Disk } from './disk.ts'
import { Ledger, type LedgerEntry, type Recovered } from './ledger.ts'

/** One epoch of the mesh as its watchers see it: the log, and what it gives out. */
export class Era {
  readonly checker: Checker
  readonly ledger: Ledger
  /** Everything that was applied, by index; entries that are no commands are left out. */
  readonly applied = new Map<number, LedgerEntry | Recovered>()

  constructor(disks: ReadonlyMap<HostId, Disk>, counts: Counts, base: Base) {
    this.checker = new Checker(disks, base)
    this.ledger = new Ledger(counts)
  }

  /** The first time that an entry is applied anywhere. */
  enter(index: number, entry: LedgerEntry | Recovered): void {
    this.applied.set(index, entry)
    this.ledger.enter(entry)
  }
}
