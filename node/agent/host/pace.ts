import type { ResourceId } from '#core/model/ids.ts'
import type { Resource } from '#core/model/resource.ts'

/**
 * What holds this long is mended; what comes undone sooner was not. To start a container is dear (docker's own restart policy takes
 * 10 s), the rest takes milliseconds: there only another program that works against us is to be slowed down.
 */
const HOLD_MS = { workload: 5_000, other: 1_000 } as const
/** So many times in a row it is made again at once: a person who breaks a thing time and again sees each repair. */
const QUICK = 4
/** Then it waits, twice as long each time. */
const FIRST_MS = 1_000
const LONGEST_MS = 60_000

interface Account {
  readonly doneMs: number
  readonly holdMs: number
  /** How often in a row it did not hold. */
  readonly undone: number
  readonly isUndone: boolean
}

/**
 * Slows down what is done over and over although each time succeeds: a container that ends as soon as it starts, a setting that
 * another program keeps changing.
 */
export class Pace {
  readonly #accounts = new Map<ResourceId, Account>()

  /** After each look: `wanted` is all there should be, `undone` what of it is to be made or mended. */
  saw(wanted: ReadonlySet<ResourceId>, undone: ReadonlySet<ResourceId>, nowMs: number): void {
    for (const [id, account] of this.#accounts) {
      const hasHeld = nowMs - account.doneMs >= account.holdMs && !account.isUndone
      // To be made anew after it was not wanted is no repair.
      if (!wanted.has(id) || hasHeld) this.#accounts.delete(id)
      else if (account.isUndone !== undone.has(id)) this.#accounts.set(id, turned(account))
    }
  }

  /** It is being made or mended now. */
  spend({ id, kind }: Pick<Resource, 'id' | 'kind'>, nowMs: number): void {
    const holdMs = kind === 'workload' ? HOLD_MS.workload : HOLD_MS.other
    this.#accounts.set(id, { doneMs: nowMs, holdMs, undone: this.#accounts.get(id)?.undone ?? 0, isUndone: false })
  }

  isReady(id: ResourceId, nowMs: number): boolean {
    const account = this.#accounts.get(id)
    return account === undefined || readyMs(account) <= nowMs
  }

  /** Does these at once, however often they came undone. */
  forgive(ids: (id: ResourceId) => boolean): void {
    for (const id of this.#accounts.keys()) if (ids(id)) this.#accounts.delete(id)
  }

  /** How long it has to wait after it was done last; 0 where it need not. */
  pauseMs(id: ResourceId): number {
    const account = this.#accounts.get(id)
    return account === undefined ? 0 : readyMs(account) - account.doneMs
  }

  /** When the next of those is due that had to wait at `nowMs`; undefined where none waits. */
  nextMs(nowMs: number): number | undefined {
    const waiting = [...this.#accounts.values()].filter((account) => account.isUndone)
    const times = waiting.map(readyMs).filter((ms) => ms > nowMs)
    return times.length === 0 ? undefined : Math.min(...times)
  }
}

const turned = (account: Account): Account => ({
  ...account,
  isUndone: !account.isUndone,
  undone: account.undone + (account.isUndone ? 0 : 1),
})

const readyMs = ({ doneMs, undone }: Account): number =>
  undone <= QUICK ? doneMs : doneMs + Math.min(LONGEST_MS, FIRST_MS * 2 ** (undone - QUICK - 1))
