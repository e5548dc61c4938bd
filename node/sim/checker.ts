import type { Entry, PersistEffect, RaftEffect, Snapshot } from '#core/consensus/types.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Disk } from './disk.ts'

/** An invariant that was broken; the message says which and by whom. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

/** A commit as its host made it: the voters it counted, or null on a host that did not lead. */
export interface Commit {
  readonly host: HostId
  readonly entry: Entry
  readonly voters: readonly HostId[] | null
}

/**
 * Watches all hosts at once and throws a Violation as soon as one of these fails: one leader per term, one vote per term and host, log
 * matching, leader completeness, terms never fall, committed entries are on a majority of disks and the same everywhere, state machines
 * are equal (Raft paper figure 3).
 */
export class Checker {
  readonly #disks: ReadonlyMap<HostId, Disk>
  readonly #leaders = new Map<number, HostId>()
  readonly #votes = new Map<string, HostId>()
  readonly #terms = new Map<HostId, number>()
  /** `index/term` → the entry and the term before it. */
  readonly #written = new Map<string, string>()
  /** By index; index 0 is the empty log. */
  readonly #committed: { readonly term: number; readonly text: string }[] = [{ term: 0, text: '' }]
  readonly #states = new Map<number, string>()

  constructor(disks: ReadonlyMap<HostId, Disk>) {
    this.#disks = disks
  }

  get committedIndex(): number {
    return this.#committed.length - 1
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

  onCommit({ host, entry, voters }: Commit): void {
    const { index, term } = entry
    const text = JSON.stringify(entry)
    const disk = this.#disk(host)
    if (!disk.holds(index, term))
      throw new Violation(`${host} commits ${index} of term ${term} without having it on disk`)
    if (index > this.#committed.length) throw new Violation(`${host} commits ${index} after ${this.committedIndex}`)
    const known = this.#committed[index]
    if (known !== undefined && known.text !== text)
      throw new Violation(`${host} commits ${text}, but ${known.text} was committed`)
    if (known !== undefined) return
    if (voters !== null) this.#checkDurable(host, entry, voters)
    this.#committed.push({ term, text })
  }

  /** After the entry `index` was applied, or a snapshot restored. */
  onState(host: HostId, index: number, state: unknown): void {
    const text = JSON.stringify(state)
    const known = this.#states.get(index) ?? text
    if (known !== text) throw new Violation(`${host} has state ${text} at ${index}, others have ${known}`)
    this.#states.set(index, text)
  }

  onRestore(host: HostId, { index, term }: Snapshot): void {
    const known = this.#committed[index]
    if (known === undefined || known.term !== term) {
      throw new Violation(`${host} restores ${index} of term ${term}, committed is ${known?.text ?? 'nothing'}`)
    }
  }

  #checkMatching(host: HostId, entry: Entry, previousTerm: number | undefined): void {
    const text = `${previousTerm} then ${JSON.stringify(entry)}`
    const key = `${entry.index}/${entry.term}`
    const known = this.#written.get(key) ?? text
    if (known !== text)
      throw new Violation(`logs differ at ${key}: ${host} has term ${text}, others have term ${known}`)
    this.#written.set(key, text)
  }

  #checkCompleteness(host: HostId, leaderTerm: number): void {
    const index = this.#committed.findLastIndex((entry) => entry.term < leaderTerm)
    const term = this.#committed[index]?.term ?? 0
    if (index > 0 && !this.#disk(host).holds(index, term)) {
      throw new Violation(`${host} leads in term ${leaderTerm} without the committed entry ${index} of term ${term}`)
    }
  }

  #checkDurable(host: HostId, { index, term }: Entry, voters: readonly HostId[]): void {
    const holders = voters.filter((voter) => this.#disks.get(voter)?.holds(index, term))
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
