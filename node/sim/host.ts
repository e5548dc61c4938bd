import type { Message } from '#core/consensus/messages.ts'
import type { Raft } from '#core/consensus/raft.ts'
import type { RaftEffect } from '#core/consensus/types.ts'
import type { HostId } from '#core/model/ids.ts'
import type { CommandResult } from '#core/state/commands.ts'
import type { Disk } from './disk.ts'
import type { Machine } from './machine.ts'
import type { Random } from './random.ts'

/** Wall clocks are wrong by up to this much. */
export const SKEW_MS = 400

/** A monotonic clock that runs at `rate` and started at `offsetMs`; the wall clock is wrong by `skewMs`. */
interface Clock {
  offsetMs: number
  readonly rate: number
  readonly skewMs: number
}

/** When a host loses power on its own, and after how long it is back (null: when somebody starts it). */
export type CrashPlan = { readonly backMs: number | null } & (
  | { readonly type: 'effects'; left: number }
  | { readonly type: 'sent'; readonly message: Message['type'] }
)

/** An effect that waits for its turn, and the voters of the leader that decided it. */
interface Pending {
  readonly effect: RaftEffect
  readonly voters: readonly HostId[] | null
}

/** Hears what a command came to where it was proposed; null where that host leads no longer and cannot know. */
export type Answering = (result: CommandResult | null) => void

/** What a host has while it has power; gone with it. */
export interface Running {
  readonly raft: Raft
  readonly machine: Machine
  readonly pending: Pending[]
  /** By request. */
  readonly waiting: Map<string, Answering[]>
  appliedIndex: number
  /** While a write is under way, effects wait. */
  isWriting: boolean
}

/** One simulated host. */
export interface SimHost {
  readonly id: HostId
  readonly disk: Disk
  readonly clock: Clock
  running: Running | null
  /** Counts starts, so that events of an earlier life are told apart. */
  life: number
  /** Counts effects carried out in all lives. */
  effects: number
  crashPlan: CrashPlan | null
  /** Until then messages and ticks wait, as for a stopped process. */
  stalledUntilMs: number
}

/** Whether the plan says that a host loses power right after `effect`. Counts down. */
export function isCrashDue(host: SimHost, effect: RaftEffect): boolean {
  const plan = host.crashPlan
  if (plan === null) return false
  if (plan.type === 'sent') return effect.type === 'send' && effect.message.type === plan.message
  plan.left--
  return plan.left <= 0
}

/** The leader of the newest epoch's highest term among hosts with power. */
export function currentLeader(hosts: Iterable<SimHost>): SimHost | undefined {
  let found: { readonly host: SimHost; readonly epoch: number; readonly term: number } | undefined
  for (const host of hosts) {
    const status = host.running?.raft.status
    const { epoch } = host.disk
    if (status?.role !== 'leader') continue
    if (found === undefined || epoch > found.epoch || (epoch === found.epoch && status.term > found.term))
      found = { host, epoch, term: status.term }
  }
  return found?.host
}

interface Making {
  readonly id: HostId
  readonly disk: Disk
  readonly driftPercent: number
  readonly random: Random
  /** Apart from the others, so that they draw the same whether or not wall clocks matter. */
  readonly skews: Random
}

/** A host without power, with clocks of its own. */
export function newHost({ id, disk, driftPercent, random, skews }: Making): SimHost {
  const drift = driftPercent / 100
  const offsetMs = random.whole(0, 1_000_000)
  const clock = { offsetMs, rate: 1 + random.between(-drift, drift), skewMs: skews.whole(-SKEW_MS, SKEW_MS) }
  return { id, disk, clock, running: null, life: 0, effects: 0, crashPlan: null, stalledUntilMs: 0 }
}
