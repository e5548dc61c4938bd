import type { AgentPort } from '#agent/port.ts'
import { patchOf } from '#core/view/patch.ts'
import type { Clock } from '#platform/clock.ts'
import { LiveGroup } from './group.ts'
import { CLOSE, Member, type Tab } from './member.ts'
import { type Frame, frameOf } from './view.ts'

/** Each tab costs a connection and what waits for it; people have fewer, and more would be no people. */
export const MAX_TABS = 256
/** Of one user. */
export const MAX_TABS_OF_ONE = 32

export interface HubOptions {
  readonly agent: AgentPort
  readonly clock: Clock
}

/** What a tab may do. */
export interface Seat {
  /** Another lab whole, or none; all is told anew. */
  watch(lab: string | null): void
  /** All is told anew. */
  resync(): void
  leave(): void
}

/**
 * One look at the agent for all tabs: what differs from the look before is found once and sent to each. Somebody calls `look`, at most twice a
 * second; without tabs it does nothing.
 */
export class LiveHub {
  readonly #options: HubOptions
  readonly #groups = new Map<string | null, LiveGroup>()
  /** What was seen at the last look, and when. */
  #seen: { readonly frame: Frame; readonly atMs: number } | undefined
  readonly #members = new Set<Member>()

  constructor(options: HubOptions) {
    this.#options = options
  }

  get tabs(): number {
    return this.#members.size
  }

  /** A new tab of `who`, which gets all at once; undefined where there are too many, or the agent cannot be looked at: it is ended then. Throws what the agent throws. */
  join(tab: Tab, who: string): Seat | undefined {
    if (this.#isFull(who)) {
      tab.end(CLOSE.later, 'too many tabs')
      return undefined
    }
    this.#seen ??= this.#frame()
    const member = new Member(tab, who)
    this.#members.add(member)
    let group = this.#enter(null, member)
    const isHere = (): boolean => this.#members.has(member)
    return {
      watch: (lab) => {
        if (!isHere() || !member.mayAsk()) return
        group.members.delete(member)
        group = this.#enter(lab, member)
      },
      resync: () => {
        if (isHere() && member.mayAsk()) member.renew(() => group.snapshot(), this.#now())
      },
      leave: () => {
        group.members.delete(member)
        if (this.#members.delete(member) && this.#members.size === 0) this.#forget()
      },
    }
  }

  /** Looks once and tells what changed. Throws what the agent throws: then nothing was told. */
  look(): void {
    const before = this.#seen
    if (this.tabs === 0 || before === undefined) return
    this.#seen = this.#frame()
    const { frame, atMs } = this.#seen
    const meshOps = patchOf(before.frame.mesh, frame.mesh)
    const nowMs = this.#now()
    for (const [lab, group] of this.#groups) {
      // Until now it was there for who comes back to it: the same bytes again cost nothing.
      if (group.members.size === 0) {
        this.#groups.delete(lab)
        continue
      }
      const patch = group.next(frame, meshOps, atMs)
      for (const member of [...group.members]) member.give(patch, () => group.snapshot(), nowMs)
    }
  }

  #now(): number {
    return this.#options.clock.monotonicMs()
  }

  #isFull(who: string): boolean {
    if (this.tabs >= MAX_TABS) return true
    return [...this.#members].filter((member) => member.who === who).length >= MAX_TABS_OF_ONE
  }

  #frame(): { readonly frame: Frame; readonly atMs: number } {
    return { frame: frameOf(this.#options.agent), atMs: this.#options.clock.nowMs() }
  }

  #enter(lab: string | null, member: Member): LiveGroup {
    // Not looked at anew: a look may fail, and what was seen then has its time.
    this.#seen ??= this.#frame()
    const group = this.#groups.get(lab) ?? new LiveGroup(lab, this.#seen.frame, this.#seen.atMs)
    this.#groups.set(lab, group)
    group.members.add(member)
    member.renew(() => group.snapshot(), this.#now())
    return group
  }

  /** What is old when the next one comes is no use to it. */
  #forget(): void {
    this.#seen = undefined
    this.#groups.clear()
  }
}
