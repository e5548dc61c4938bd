import type { Fresh, RecordDraft, SignedRecord } from '#core/model/record.ts'
import { signingBytes } from '#core/record/canonical.ts'
import { sign } from './ed25519.ts'
import type { Keys } from './keys.ts'

/** A draft with its author, freshness and signature: what may be published. `fresh` must be above all that author ever used for its key. */
export function signRecord(draft: RecordDraft, keys: Keys, fresh: Fresh): SignedRecord {
  const { kind, key, version, expiresAtMs, body } = draft
  const unsigned = { kind, key, author: keys.id, fresh, version, expiresAtMs, body }
  return { ...unsigned, signature: Buffer.from(sign(keys.privateKey, signingBytes(unsigned))).toString('base64url') }
}
