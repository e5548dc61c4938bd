import type { Message } from '../consensus/messages.ts'
import type { PersistEffect } from '../consensus/types.ts'
import type { HostId } from '../model/ids.ts'
import type { RecordDraft, RecordKind, RosterBody, VerifiedRecord } from '../model/record.ts'
import type { CommandResult } from '../state/commands.ts'
import type { ActiveLab } from './labs.ts'

/** What the agent must do, in this order; a `persist` is durable before anything after it starts. */
export type Effect =
  | PersistEffect
  /** `epoch` travels with the message: other epochs do not hear it. */
  | { readonly type: 'send'; readonly to: HostId; readonly epoch: number; readonly message: Message }
  /** The log is of an epoch that is over: keep a copy aside, begin an empty one, then say `log-dropped`. */
  | { readonly type: 'drop-log'; readonly epoch: number }
  | { readonly type: 'keep'; readonly record: VerifiedRecord }
  | { readonly type: 'forget'; readonly kind: RecordKind; readonly key: string }
  /** Sign, hand back as an own record, gossip. */
  | { readonly type: 'publish'; readonly draft: RecordDraft }
  /** Intent and assignment agree: this is what the host must make true from now on. */
  | { readonly type: 'activate'; readonly lab: string; readonly active: ActiveLab }
  | { readonly type: 'deactivate'; readonly lab: string }
  | { readonly type: 'roster'; readonly roster: RosterBody }
  | { readonly type: 'reconcile' }
  /** Ask these peers when they last heard `about`. */
  | { readonly type: 'ask'; readonly about: HostId; readonly peers: readonly HostId[] }
  | { readonly type: 'outcome'; readonly requestId: string; readonly result: CommandResult }
  | {
      readonly type: 'notice'
      readonly level: 'debug' | 'info' | 'warn' | 'error'
      readonly code: string
      readonly fields: Readonly<Record<string, unknown>>
    }
