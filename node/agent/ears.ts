import { decodeFields, isCount } from '#core/consensus/decode.ts'
import { decodeMessage } from '#core/consensus/messages.ts'
import type { Engine } from '#core/engine/engine.ts'
import type { HostId } from '#core/model/ids.ts'
import type { HostRole } from '#core/model/lab.ts'
import type { SignedRecord } from '#core/model/record.ts'
import { digestOf } from '#core/record/digest.ts'
import { recordId } from '#core/record/merge.ts'
import type { MeshOptions } from '#mesh/mesh.ts'
import type { Logger } from '#platform/log.ts'
import type { Forwarding } from './consensus/forwarding.ts'
import type { Inbox } from './inbox.ts'
import type { Loop } from './loop.ts'

export interface EarsOptions {
  readonly engine: Engine
  readonly loop: Pick<Loop, 'dispatch'>
  readonly inbox: Inbox
  readonly forwarding: Pick<Forwarding, 'hear'>
  readonly log: Logger
  /** Undefined for who is not admitted. */
  roleOf(host: HostId): HostRole | undefined
  /** A peer answered a probe. */
  probed?(host: HostId, rttMs: number): void
  count(code: string): void
}

/** What becomes of all that the mesh hears: events for the engine, checked first. And what it may tell in a sync. */
export const ears = (
  options: EarsOptions,
): Pick<MeshOptions, 'records' | 'onRecord' | 'onPeer' | 'onProbe' | 'onHeard' | 'onRefused' | 'onRaft'> => {
  const { engine, loop } = options
  // Heartbeats are worth nothing later; events of a host that was removed nobody takes.
  const isKept = ({ kind, author }: SignedRecord): boolean =>
    kind !== 'heartbeat' && (kind !== 'events' || options.roleOf(author) !== undefined)
  const held = (): SignedRecord[] => [...engine.book.all()].filter(isKept)
  return {
    records: {
      digest: () => digestOf(held()),
      get: (ids) => held().filter((record) => ids.includes(recordId(record))),
    },
    onRecord: (record, from) => options.inbox.take(record, from),
    onPeer: (host, connected, reason) => {
      options.log.info({ host, connected, reason }, 'peer')
      loop.dispatch({ type: 'peer', host, connected })
    },
    onProbe: (host, rttMs) => {
      options.probed?.(host, rttMs)
      loop.dispatch({ type: 'probe', host })
    },
    onHeard: (host) => loop.dispatch({ type: 'probe', host }),
    onRefused: (host) => loop.dispatch({ type: 'refused', host }),
    onRaft: (from, told) => {
      if (options.forwarding.hear(from, told)) return
      // Only core hosts keep the log: a worker that speaks as a leader would be followed.
      if (options.roleOf(from) !== 'core') return options.count('RAFT_NOT_CORE')
      const { epoch, message } = decodeFields(told) ?? {}
      const decoded = decodeMessage(message)
      if (decoded === undefined || !isCount(epoch)) options.count('BAD_RAFT_MESSAGE')
      else loop.dispatch({ type: 'raft', from, epoch, message: decoded })
    },
  }
}
