import type { Message } from '#core/consensus/messages.ts'
import type { Raft } from '#core/consensus/raft.ts'
import type { RaftEffect } from '#core/consensus/types.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Disk } from './disk.ts'
import type { Machine } from './machine.ts'

/** A monotonic clock that runs at `rate` and started at `offsetMs`. */
interface Clock {
  offsetMs: number
  readonly rate: number
}

/** When a host loses power on its own: after so many more effects, or once it sent such a message. */
type CrashPlan =
  | { readonly type: 'effects'; left: number }
  | { readonly type: 'sent'; readonly message: Message['type'] }

/** An effect that waits for its turn, and the voters of the leader that decided it. */
interface Pending {
  readonly effect: RaftEffect
  readonly voters: readonly HostId[] | null
}

/** What a host has while it has power; gone with it. */
export interface Running {
  readonly raft: Raft
  readonly machine: Machine
  readonly pending: Pending[]
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

/** The leader of the highest term among hosts with power. */
export function currentLeader(hosts: Iterable<SimHost>): SimHost | undefined {
  let found: { readonly host: SimHost; readonly term: number } | undefined
  for (const host of hosts) {
    const status = host.running?.raft.status
    if (status?.role === 'leader' && status.term > (found?.term ?? -1)) found = { host, term: status.term }
  }
  return found?.host
}
