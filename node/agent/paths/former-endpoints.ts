import type { HostId } from '#core/model/ids.ts'
import type { RosterEntry } from '#core/model/record.ts'
import { endpointOf } from '#core/plan/desired.ts'

const NONE: readonly string[] = []

/** Endpoints that addresses gave which peers had since this agent started, and have no more. */
export class FormerEndpoints {
  readonly #now = new Map<HostId, readonly string[]>()
  readonly #former = new Map<HostId, readonly string[]>()

  /** A new roster. */
  take(roster: readonly RosterEntry[]): void {
    for (const entry of roster) {
      const now = [entry.addresses[0], entry.secondary?.[0]].map((address) => endpointOf(entry, address))
      const before = [...this.of(entry.id), ...(this.#now.get(entry.id) ?? NONE)]
      this.#now.set(entry.id, now)
      this.#former.set(
        entry.id,
        [...new Set(before)].filter((one) => one !== '' && !now.includes(one)),
      )
    }
  }

  of(host: HostId): readonly string[] {
    return this.#former.get(host) ?? NONE
  }
}
