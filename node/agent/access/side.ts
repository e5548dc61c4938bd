import type { FeedTold } from '#core/model/feed.ts'
import type { HostId } from '#core/model/ids.ts'
import type { RecordDraft } from '#core/model/record.ts'
import type { Proposals } from '../consensus/proposals.ts'
import type { Loop } from '../loop.ts'
import type { AgentOptions } from '../options.ts'
import { ApiCertificates } from './certificates.ts'
import { Access } from './index.ts'
import { Sessions } from './sessions.ts'

export interface AccessSideOptions
  extends Pick<AgentOptions, 'engine' | 'identity' | 'clock' | 'log' | 'store' | 'apiFiles'> {
  readonly proposals: Proposals
  readonly loop: Pick<Loop, 'idle'>
  /** Signs a record, keeps it and tells other hosts. */
  publish(draft: RecordDraft): void
  request(peer: HostId, name: string, body: unknown, timeoutMs: number): Promise<unknown>
  tell(told: FeedTold): void
}

/** Who may use the API of this host, and the certificate it shows. */
export interface AccessSide {
  readonly certificates: ApiCertificates
  readonly sessions: Sessions
  readonly access: Access
}

/** Puts it together; nothing runs by itself. */
export function createAccessSide(options: AccessSideOptions): AccessSide {
  const { engine, proposals, clock, loop, publish } = options
  const certificates = new ApiCertificates({ ...options, request: (...ask) => options.request(...ask) })
  const sessions = new Sessions({
    ...options,
    publish: (draft) => {
      publish(draft)
      return loop.idle()
    },
  })
  const access = new Access({ engine, proposals, certificates, clock, sessions, tell: (told) => options.tell(told) })
  return { certificates, sessions, access }
}
