import type { LabName } from '#core/model/ids.ts'
import type { Assignment } from '#core/model/lab.ts'
import type { AllocationRow } from '#core/state/allocations.ts'
import type { Command, CommandResult, CommandValue } from '#core/state/commands.ts'
import type { Reserve } from '#core/state/reserve-commands.ts'
import type { HoldTest } from '#core/state/test-commands.ts'
import type { Counts } from './counts.ts'
import { Doors } from './doors.ts'
import { type Applied, BEGIN_MS, MESH } from './machine.ts'
import { type NumberKey, Numbers } from './numbers.ts'
import { TestBooks } from './test-books.ts'
import { Violation } from './violation.ts'

/** A command as the first host applied it, and the assignment its lab then had. */
export interface LedgerEntry extends Applied {
  readonly assignment: Assignment | undefined
}

/** The beginning of an epoch, and the books of what the one before decided in all. */
export interface Recovered {
  readonly lost: Ledger
}

/**
 * Follows all commands in the order of the log and keeps books of its own, from commands and answers alone: no number held by two, none
 * given again before its rest, the lowest free one given, no NIC used by two tests, no token spent more often than it may be, names of hosts unique, and never
 * another answer to a request that was answered. Throws a Violation.
 */
export class Ledger {
  readonly #numbers = new Numbers(MESH.restMs)
  readonly #doors = new Doors()
  readonly #tests = new TestBooks()
  readonly #answers = new Map<string, string>()
  readonly #counts: Counts
  #nowMs: number = BEGIN_MS
  /** Numbers that a recovery keeps back are known to the log alone. */
  #isWhole = true

  constructor(counts: Counts) {
    this.#counts = counts
    this.#numbers.take('overlay/10.213.0.1', 'host/first', this.#nowMs)
  }

  enter(entry: LedgerEntry | Recovered): void {
    if ('lost' in entry) this.#recovered(entry.lost)
    else this.#enter(entry)
  }

  #enter({ command, result, assignment }: LedgerEntry): void {
    const text = JSON.stringify(result)
    const known = this.#answers.get(command.requestId)
    if (known !== undefined) {
      this.#counts.add('requests committed twice')
      if (known !== text) throw new Violation(`request ${command.requestId} was answered ${known}, now ${text}`)
      return
    }
    this.#answers.set(command.requestId, text)
    this.#nowMs = Math.max(this.#nowMs, command.nowMs)
    const ended = this.#numbers.endLeases(this.#nowMs)
    this.#tests.endLeases(this.#nowMs)
    this.#counts.add('leases ended', ended)
    if (!result.ok) this.#refused(command, result)
    else if (command.type === 'expire') this.#expect(command, ended, result.value)
    else this.#carry(command, result.value, assignment)
  }

  /** Compares the books with what a host says is given out. */
  audit(rows: readonly AllocationRow[]): void {
    const told = rows.map(({ pool, host, value, owner }) => `${this.#key(pool, host, value)} ${owner}`).sort()
    const own = [...this.#numbers.list(), ...this.#tests.list()]
    const odd = [...told.filter((row) => !own.includes(row)), ...own.filter((row) => !told.includes(row))]
    if (odd.length > 0) throw new Violation(`the books and the state differ in ${odd.join(', ')}`)
  }

  /**
   * The next epoch begins: nobody but the log knows what it keeps back, and no open token is good any more. What was given out in the old
   * one, as the books `lost` know it, is kept back up to a quarter of the range above the highest number known (`core/state/recover.ts`).
   */
  #recovered(lost: Ledger): void {
    this.#isWhole = false
    this.#doors.revokeAll()
    this.#tests.keepBack(lost.#tests)
    const [from, to] = MESH.vni
    const highest = Math.max(from - 1, ...this.#numbers.valuesOf('vni'))
    const untilValue = highest + Math.floor((to - from + 1) / 4)
    this.#numbers.keepBack(lost.#numbers, 'vni', untilValue)
  }

  #key(pool: string, host: string | undefined, value: number | string): NumberKey {
    if (pool === 'nic')
      return host === undefined ? `nic/attached/${value}` : `nic/host/${this.#doors.idOf(host) ?? host}`
    return host === undefined ? `${pool}/${value}` : `${pool}/${this.#doors.idOf(host) ?? host}/${value}`
  }

  #carry(command: Command, value: CommandValue, assignment: Assignment | undefined): void {
    switch (command.type) {
      case 'create-token':
        this.#doors.created(command)
        break
      case 'admit':
        this.#admitted(command, value)
        break
      case 'remove-host':
        this.#removed(command.id)
        break
      case 'reserve':
        this.#reserved(command, value)
        break
      case 'free':
        this.#expect(command, this.#release(`user/${command.owner}`), value)
        break
      case 'assign':
        this.#assigned(command.lab, assignment)
        break
      case 'release':
        this.#numbers.release((owner) => owner.startsWith(`lab/${command.lab}/`), this.#nowMs)
        break
      case 'number':
        this.#tests.took(command, value)
        this.#counts.add('numbers of tests taken', command.count)
        break
      case 'hold-test':
        this.#held(command, value)
        break
      case 'free-test':
        this.#expect(command, this.#release(`test/${command.test}`) + this.#tests.freed(command.test), value)
    }
  }

  #refused(command: Command, result: Extract<CommandResult, { ok: false }>): void {
    const { code } = result
    if (code === 'TOKEN_SPENT' || code === 'NAME_TAKEN' || code === 'NIC_BUSY' || code === 'POOL_EXHAUSTED')
      this.#counts.add(code)
    this.#doors.refused(command, result)
    if (code === 'NIC_BUSY' && command.type === 'hold-test') this.#tests.refused(command)
    if (code !== 'POOL_EXHAUSTED' || command.type !== 'reserve' || command.pool !== 'vni' || !this.#isWhole) return
    const free = this.#numbers.free('vni', MESH.vni, this.#nowMs)
    if (free.length >= command.count) throw new Violation(`vni is said to be exhausted, but ${free.join(' ')} are free`)
  }

  #admitted(command: Extract<Command, { type: 'admit' }>, value: CommandValue): void {
    if (value.type !== 'host') throw new Violation(`an admission was answered ${JSON.stringify(value)}`)
    const { id, name, overlayAddress } = value.host
    this.#doors.admitted(command, name, this.#nowMs)
    if (this.#take(`overlay/${overlayAddress}`, `host/${id}`) !== 'kept') this.#counts.add('hosts admitted')
  }

  #removed(id: string): void {
    this.#doors.removed(id)
    this.#counts.add('hosts removed', this.#release(`host/${id}`))
    this.#tests.forget(`host/${id}`)
    for (const pool of ['vlan', 'port']) this.#numbers.drop(`${pool}/${id}`)
  }

  #reserved({ pool, owner, count, ttlMs }: Reserve, value: CommandValue): void {
    if (value.type !== 'numbers') throw new Violation(`a reservation was answered ${JSON.stringify(value)}`)
    const holder = `user/${owner}`
    const before = this.#numbers.of((other) => other === holder).filter((key) => key.startsWith(`${pool}/`))
    const given = value.values.map((number): NumberKey => `${pool}/${number}`)
    if (before.length > 0 && String([...before].sort()) !== String([...given].sort()))
      throw new Violation(`${owner} holds ${before.join(' ')} and is told ${given.join(' ') || 'none'}`)
    if (given.length !== count) throw new Violation(`${owner} asked for ${count} of ${pool} and got ${given.length}`)
    if (before.length === 0 && pool === 'vni') this.#checkLowest(value.values)
    for (const key of given) {
      if (this.#take(key, holder) !== 'kept') this.#counts.add('numbers reserved')
      if (ttlMs !== null) this.#numbers.lease(key, this.#nowMs + ttlMs)
    }
  }

  #held(command: HoldTest, value: CommandValue): void {
    if (value.type !== 'test') throw new Violation(`a hold was answered ${JSON.stringify(value)}`)
    this.#tests.held(command, this.#nowMs)
    this.#counts.add('NICs held', command.nics.length)
    const { test, port } = command
    if ((port === null) !== (value.port === null)) throw new Violation(`test ${test} is told the port ${value.port}`)
    if (port === null) return
    const [before] = this.#numbers
      .of((owner) => owner === `test/${test}`)
      .filter((key) => key.startsWith(`port/${port}/`))
    const given: NumberKey = `port/${port}/${value.port}`
    if ((before ?? given) !== given) throw new Violation(`test ${test} has ${before} and is told ${given}`)
    this.#take(given, `test/${test}`)
    this.#numbers.lease(given, this.#nowMs + command.ttlMs)
  }

  #checkLowest(values: readonly number[]): void {
    const lowest = this.#numbers.free('vni', MESH.vni, this.#nowMs).slice(0, values.length)
    if (this.#isWhole && String(lowest) === String(values)) return
    // Only what is not free can be given wrongly; that is told better where it is taken.
    const isFree = lowest.length === values.length && values.every((value) => value > (lowest.at(-1) ?? 0))
    if (this.#isWhole && isFree) throw new Violation(`vni ${values.join(' ')} given while ${lowest.join(' ')} are free`)
  }

  #assigned(lab: LabName, assignment: Assignment | undefined): void {
    if (assignment === undefined) throw new Violation(`lab ${lab} was assigned, but there is no assignment`)
    const wanted = new Map<NumberKey, string>()
    for (const [id, { vni, vlans }] of Object.entries(assignment.segments)) {
      const owner = `lab/${lab}/segment/${id}`
      if (vni !== null) wanted.set(`vni/${vni}`, owner)
      for (const [host, tag] of Object.entries(vlans)) wanted.set(`vlan/${host}/${tag}`, owner)
    }
    for (const [id, mac] of Object.entries(assignment.macs)) wanted.set(`mac/${mac}`, `lab/${lab}/endpoint/${id}`)
    for (const [key, owner] of wanted) this.#take(key, owner)
    const kept = new Set(wanted.keys())
    this.#numbers.release((owner) => owner.startsWith(`lab/${lab}/`), this.#nowMs, kept)
    this.#counts.add('labs assigned')
  }

  #take(key: NumberKey, owner: string): 'kept' | 'fresh' | 'reused' {
    const how = this.#numbers.take(key, owner, this.#nowMs)
    if (how === 'reused') this.#counts.add('numbers reused after their rest')
    return how
  }

  #release(owner: string): number {
    return this.#numbers.release((other) => other === owner, this.#nowMs)
  }

  #expect({ type }: Command, count: number, value: CommandValue): void {
    if (value.type !== 'freed' || value.count !== count)
      throw new Violation(`${type} frees ${count} numbers, but says ${JSON.stringify(value)}`)
  }
}
