import type { CommandValue } from '#core/state/commands.ts'
import type { HoldTest, TakeNumbers } from '#core/state/test-commands.ts'
import { Violation } from './violation.ts'

interface NicSheet {
  readonly test: number
  readonly endMs: number
}

/** Own books of what tests have to themselves, ports apart: NICs, and the numbers they are called by. Throws a Violation as {@link Ledger} does. */
export class TestBooks {
  readonly #nics = new Map<string, NicSheet>()
  /** Nobody had a higher number. */
  #highest = 0

  /** NICs whose time is over are free. */
  endLeases(nowMs: number): void {
    this.#drop(({ endMs }) => endMs <= nowMs)
  }

  held({ test, nics, ttlMs }: HoldTest, nowMs: number): void {
    for (const nic of nics) {
      const other = this.#nics.get(nic)?.test ?? test
      if (other !== test) throw new Violation(`${nic} is given to test ${test} while test ${other} uses it`)
      this.#nics.set(nic, { test, endMs: nowMs + ttlMs })
    }
  }

  /** Somebody must use one of them. */
  refused({ test, nics }: HoldTest): void {
    const users = nics.flatMap((nic) => this.#nics.get(nic)?.test ?? [])
    if (users.every((user) => user === test)) throw new Violation(`${nics.join(' ')} are said to be used, by nobody`)
  }

  /** How many NICs it had. */
  freed(test: number): number {
    return this.#drop((sheet) => sheet.test === test)
  }

  /** The NIC is gone with its host. */
  forget(nic: string): void {
    this.#nics.delete(nic)
  }

  took({ count }: Pick<TakeNumbers, 'count'>, value: CommandValue): void {
    if (value.type !== 'number') throw new Violation(`taking numbers was answered ${JSON.stringify(value)}`)
    if (value.first <= this.#highest)
      throw new Violation(`number ${value.first} is given, but numbers up to ${this.#highest} were`)
    this.#highest = value.first + count - 1
  }

  /** Numbers of an earlier epoch are given to nobody again. */
  keepBack(lost: TestBooks): void {
    this.#highest = Math.max(this.#highest, lost.#highest)
  }

  /** Every NIC that is used, with its test. */
  list(): readonly string[] {
    return [...this.#nics].map(([nic, { test }]) => `nic/${nic} test/${test}`)
  }

  #drop(isDue: (sheet: NicSheet) => boolean): number {
    const due = [...this.#nics].filter(([, sheet]) => isDue(sheet))
    for (const [nic] of due) this.#nics.delete(nic)
    return due.length
  }
}
