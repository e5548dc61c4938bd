import type { Entry, PersistEffect, RaftEffect, Snapshot } from '#core/consensus/types.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Disk } from './disk.ts'
import { Violation } from './violation.ts'

/** A commit as its host made it: the voters it counted, or null on a host that did not lead. */
export interface Commit {
  readonly host: HostId
  readonly entry: Entry
  readonly voters: readonly HostId[] | null
}

/** An epoch, and where its log begins. */
export interface Base {
  readonly epoch: number
  readonly index: number
  readonly term: number
}

/**
 * Watches all hosts of one epoch at once and throws a Violation as soon as one of these fails: one leader per term, one vote per term and host, log
 * matching, leader completeness, terms never fall, committed entries are on a majority of disks and the same everywhere, state machines
 * are equal (Raft paper figure 3).
 */
export class Checker {
  readonly #disks: ReadonlyMap<HostId, Disk>
  readonly #epoch: number
  readonly #leaders = new Map<number, HostId>()
  readonly #votes = new Map<string, HostId>()
  readonly #terms = new Map<HostId, number>()
  /** `index/term` → the entry and the term before it. */
  readonly #written = new Map<string, string>()
  /** Where the log of the epoch begins: index 0, or the snapshot a recovery made. */
  readonly #base: number
  /** From the base on, which stands for all before it. */
  readonly #committed: { readonly term: number; readonly text: string }[]
  readonly #states = new Map<number, number>()
  readonly #images = new Map<number, string>()

  constructor(disks: ReadonlyMap<HostId, Disk>, base: Base) {
    this.#disks = disks
    this.#epoch = base.epoch
    this.#base = base.index
    this.#committed = [{ term: base.term, text: `the state at ${base.index}` }]
  }

  get committedIndex(): number {
    return this.#base + this.#committed.length - 1
  }

  /** As soon as a call returned, before its effects are carried out. */
  onDecided(host: HostId, effects: readonly RaftEffect[]): void {
    for (const effect of effects) {
      if (effect.type !== 'role' || effect.role !== 'leader') continue
      const other = this.#leaders.get(effect.term) ?? host
      if (other !== host) throw new Violation(`${host} and ${other} both lead in term ${effect.term}`)
      this.#leaders.set(effect.term, host)
    }
  }

  onSent(host: HostId, effect: Extract<RaftEffect, { type: 'send' }>): void {
    const { message, to } = effect
    if (message.type !== 'vote-reply' || !message.granted) return
    const key = `${host}/${message.term}`
    const other = this.#votes.get(key) ?? to
    if (other !== to) throw new Violation(`${host} voted for ${other} and ${to} in term ${message.term}`)
    this.#votes.set(key, to)
  }

  /** After a write. */
  onWritten(host: HostId, { entries, hard }: PersistEffect): void {
    const disk = this.#disk(host)
    if (hard !== undefined && hard.term < (this.#terms.get(host) ?? 0))
      throw new Violation(`${host} fell back to term ${hard.term}`)
    this.#terms.set(host, disk.hard.term)
    for (const entry of entries ?? []) this.#checkMatching(host, entry, disk.termAt(entry.index - 1))
    const own = entries?.find((entry) => entry.data.type === 'noop' && this.#leaders.get(entry.term) === host)
    if (own !== undefined) this.#checkCompleteness(host, own.term)
  }

  /** Returns whether this host is the first to commit it. */
  onCommit({ host, entry, voters }: Commit): boolean {
    const { index, term } = entry
    const text = textOf(entry)
    const disk = this.#disk(host)
    if (!disk.holds(index, term))
      throw new Violation(`${host} commits ${index} of term ${term} without having it on disk`)
    if (index > this.committedIndex + 1) throw new Violation(`${host} commits ${index} after ${this.committedIndex}`)
    const known = this.#committed[index - this.#base]
    if (known !== undefined && known.text !== text)
      throw new Violation(`${host} commits ${text}, but ${known.text} was committed`)
    if (known !== undefined) return false
    if (voters !== null) this.#checkDurable(host, entry, voters)
    this.#committed.push({ term, text })
    return true
  }

  /** After the entry `index` was applied, or a snapshot restored; `digest` tells different states apart. */
  onState(host: HostId, index: number, digest: number): void {
    const known = this.#states.get(index) ?? digest
    if (known !== digest) throw new Violation(`${host} has state ${digest} at ${index}, others have ${known}`)
    this.#states.set(index, digest)
  }

  /** Like `onState`, for all of a state. */
  onImage(host: HostId, index: number, image: unknown): void {
    const text = JSON.stringify(image)
    const known = this.#images.get(index) ?? text
    if (known !== text) throw new Violation(`${host} has state ${text} at ${index}, others have ${known}`)
    this.#images.set(index, text)
  }

  onRestore(host: HostId, { index, term }: Snapshot): void {
    const known = this.#committed[index - this.#base]
    if (known === undefined || known.term !== term) {
      throw new Violation(`${host} restores ${index} of term ${term}, committed is ${known?.text ?? 'nothing'}`)
    }
  }

  #checkMatching(host: HostId, entry: Entry, previousTerm: number | undefined): void {
    const text = `${previousTerm} then ${textOf(entry)}`
    const key = `${entry.index}/${entry.term}`
    const known = this.#written.get(key) ?? text
    if (known !== text)
      throw new Violation(`logs differ at ${key}: ${host} has term ${text}, others have term ${known}`)
    this.#written.set(key, text)
  }

  #checkCompleteness(host: HostId, leaderTerm: number): void {
    const at = this.#committed.findLastIndex((entry) => entry.term < leaderTerm)
    const index = this.#base + at
    const term = this.#committed[at]?.term ?? 0
    if (at > 0 && !this.#disk(host).holds(index, term)) {
      throw new Violation(`${host} leads in term ${leaderTerm} without the committed entry ${index} of term ${term}`)
    }
  }

  #checkDurable(host: HostId, { index, term }: Entry, voters: readonly HostId[]): void {
    // Who left this epoch for a newer one held what it said, and then dropped it.
    const holders = voters.filter((voter) => {
      const disk = this.#disks.get(voter)
      return disk !== undefined && (disk.epoch > this.#epoch || disk.holds(index, term))
    })
    if (2 * holders.length > voters.length) return
    throw new Violation(
      `${host} commits ${index} of term ${term}, on disk only at ${holders.join(' ') || 'no voter'} of ${voters.join(' ')}`,
    )
  }

  #disk(host: HostId): Disk {
    const disk = this.#disks.get(host)
    if (disk === undefined) throw new RangeError(`There is no host ${host}.`)
    return disk
  }
}

const texts = new WeakMap<Entry, string>()

/** An entry as JSON; written once for each object. */
function textOf(entry: Entry): string {
  const known = texts.get(entry)
  if (known !== undefined) return known
  const text = JSON.stringify(entry)
  texts.set(entry, text)
  return text
}
