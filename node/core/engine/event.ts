import type { Message } from '../consensus/messages.ts'
import type { HostId } from '../model/ids.ts'
import type { LabIntent, LabStatus } from '../model/lab.ts'
import type { VerifiedRecord } from '../model/record.ts'
import type { Amount } from '../placement/amounts.ts'
import type { RevisionWish } from '../revisions/revisions.ts'
import type { Save } from '../saved/saved.ts'
import type { Command } from '../state/commands.ts'

/** Everything that can happen to a host. */
export type Event =
  | { readonly type: 'tick' }
  /** A record that came by gossip or sync, or one this host has just signed. */
  | { readonly type: 'record'; readonly record: VerifiedRecord; readonly own: boolean }
  | { readonly type: 'raft'; readonly from: HostId; readonly epoch: number; readonly message: Message }
  /** An effect `drop-log` was carried out. */
  | { readonly type: 'log-dropped' }
  /** A person confirmed that the majority is lost: this host's log begins a new epoch. */
  | { readonly type: 'recover' }
  /** This host is about to stop: where it leads, another one is to. */
  | { readonly type: 'resign' }
  | { readonly type: 'propose'; readonly commands: readonly Command[] }
  /** A person wants this lab, or wants it gone (`intent` null). With `revision` it goes into the lab's history. */
  | {
      readonly type: 'submit'
      readonly lab: string
      readonly intent: LabIntent | null
      readonly revision?: RevisionWish
    }
  /** The configuration of nodes was read and is kept, or is to be forgotten: of the nodes named, or of all. */
  | { readonly type: 'save'; readonly lab: string; readonly nodes: Save['nodes'] }
  | { readonly type: 'forget-saved'; readonly lab: string; readonly nodes?: readonly string[] }
  | { readonly type: 'peer'; readonly host: HostId; readonly connected: boolean }
  /** A direct probe was answered, or the host sent one itself. */
  | { readonly type: 'probe'; readonly host: HostId }
  /** Nobody listens where this host was called. */
  | { readonly type: 'refused'; readonly host: HostId }
  /** Another host said when it last heard `about`; null where it has lost it. */
  | { readonly type: 'answer'; readonly about: HostId; readonly from: HostId; readonly heardAgoMs: number | null }
  /** What this host sees of a lab; null once nothing of it is left here. */
  | { readonly type: 'observed'; readonly lab: string; readonly status: LabStatus | null }
  | {
      readonly type: 'facts'
      readonly cpuFree: number
      readonly memFreeMiB: number
      /** CPUs × 100 and MiB it has; absent where it cannot say. */
      readonly total?: Amount
      /** Percent of that which may be promised to lab nodes; the usual ones where absent. */
      readonly percent?: Amount
      /** Waits too long for a processor. */
      readonly isStarved: boolean
      /** What it can that not every host can. */
      readonly capabilities?: readonly string[]
      /** Of the networks other hosts reach it by; absent where it cannot say. */
      readonly underlayMtuBytes?: number
    }

/** When it happened: this host's monotonic clock for decisions, its wall clock for people and for forgetting. */
export interface At {
  readonly nowMs: number
  readonly wallMs: number
}
