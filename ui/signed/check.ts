import { verifyAsync } from '@noble/ed25519'
import { signingBytes } from '#core/record/canonical.ts'
import type { RecordView } from '#core/record/open.ts'
import { publicKeyOf } from './host-key.ts'

/** Whether a record was signed by the host its author's id stands for: the id is the key, so no host has to be believed. Needs a secure context. */
export async function isSigned(record: RecordView): Promise<boolean> {
  const key = publicKeyOf(record.author)
  if (key === undefined) return false
  return verifyAsync(fromBase64url(record.signature), signingBytes(record), key)
}

function fromBase64url(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
}
