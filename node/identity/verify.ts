import type { KeyObject } from 'node:crypto'
import type { HostId } from '#core/model/ids.ts'
import type { RecordKind, RosterEntry, SignedRecord, VerifiedRecord } from '#core/model/record.ts'
import { signingBytes } from '#core/record/canonical.ts'
import { verify } from './ed25519.ts'
import { publicKeyOf } from './keys.ts'

/** Why a record is not believed. Unknown and removed authors are no fault of who passed it on: their roster may be older or newer. */
type VerifyFault = 'AUTHOR_UNKNOWN' | 'AUTHOR_REMOVED' | 'KIND_FORBIDDEN' | 'BAD_SIGNATURE'

type Verdict =
  | { readonly type: 'verified'; readonly record: VerifiedRecord }
  | { readonly type: 'ignore' | 'reject'; readonly code: VerifyFault }

export type Verifier = (record: SignedRecord) => Verdict

const MAY_WRITE: Record<RecordKind, (record: SignedRecord, author: RosterEntry) => boolean> = {
  heartbeat: (record, author) => record.key === author.id,
  events: (record, author) => record.key === author.id,
  status: (record, author) => record.key === author.id || record.key.startsWith(`${author.id}/`),
  intent: () => true,
  revisions: () => true,
  saves: () => true,
  draft: () => true,
  assignment: (_, author) => author.role === 'core',
  roster: (_, author) => author.role === 'core',
  access: (_, author) => author.role === 'core',
  logouts: (record, author) => record.key === author.id,
  exercise: () => true,
  schedule: () => true,
  attached: () => true,
  tasks: (record, author) => record.key.startsWith(`${author.id}/`),
}

/**
 * The one maker of verified records: the author is admitted, may write this kind about this key, and signed it. Cheap checks first.
 * `roster` is asked at each record, so a removal counts from the next one on. Says nothing about freshness.
 */
export function createVerifier(deps: { roster(): readonly RosterEntry[] }): Verifier {
  const keyOf = keyCache()
  return (record) => {
    const author = deps.roster().find((entry) => entry.id === record.author)
    if (author === undefined) return { type: 'ignore', code: 'AUTHOR_UNKNOWN' }
    if (author.state !== 'admitted') return { type: 'ignore', code: 'AUTHOR_REMOVED' }
    if (!MAY_WRITE[record.kind](record, author)) return { type: 'reject', code: 'KIND_FORBIDDEN' }
    const signature = Buffer.from(record.signature, 'base64url')
    if (!verify(keyOf(author.id), signingBytes(record), signature)) return { type: 'reject', code: 'BAD_SIGNATURE' }
    return { type: 'verified', record: record as VerifiedRecord }
  }
}

/** Holds one `KeyObject` per roster host: making one costs as much as a verification. */
function keyCache(): (id: HostId) => KeyObject {
  const kept = new Map<HostId, KeyObject>()
  return (id) => {
    const known = kept.get(id)
    if (known !== undefined) return known
    const key = publicKeyOf(id)
    kept.set(id, key)
    return key
  }
}
