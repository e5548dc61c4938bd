import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Path } from '#core/paths/paths.ts'

/** A probe of a path, or its answer. */
export interface PathMessage {
  readonly kind: 'ask' | 'answer'
  readonly path: Path
  /** Only in answers: which path the answering host would use itself. */
  readonly told: Path | undefined
  /** Of the asking process: 8 random bytes, so that an answer of an earlier one is none. */
  readonly session: Uint8Array
  readonly round: number
}

/** What messages begin with. */
export const PATH_MARK = 'skp1'

// 44 bytes, the same both ways, so that nobody gets back more than was sent: mark 4, kind, path, told and 0, tag of the sender 8,
// session 8, round 4, authenticator 16.
const MARK = Buffer.from(PATH_MARK)
const TAG_AT = 8
const SESSION_AT = 16
const ROUND_AT = 24
const MAC_AT = 28
const MAC_BYTES = 16
const LENGTH = MAC_AT + MAC_BYTES

const KINDS = ['ask', 'answer'] as const
const PATHS = [undefined, 'primary', 'secondary'] as const

/** Which host a message is from: 8 bytes of the digest of its WireGuard key, as hex. */
export const tagOf = (wgPublicKey: string): string =>
  createHash('sha256')
    .update(wgPublicKey)
    .digest('hex')
    .slice(0, 2 * (SESSION_AT - TAG_AT))

/** `tag` is the sender's own. */
export function encodePathMessage(message: PathMessage, tag: string, key: Uint8Array): Buffer {
  const bytes = Buffer.alloc(LENGTH)
  MARK.copy(bytes)
  bytes[4] = KINDS.indexOf(message.kind)
  bytes[5] = PATHS.indexOf(message.path)
  bytes[6] = PATHS.indexOf(message.told)
  bytes.write(tag, TAG_AT, 'hex')
  bytes.set(message.session.subarray(0, ROUND_AT - SESSION_AT), SESSION_AT)
  bytes.writeUInt32BE(message.round >>> 0, ROUND_AT)
  bytes.set(macOf(bytes, key), MAC_AT)
  return bytes
}

/** Whose message it claims to be; undefined where it is none. */
export const senderOf = (bytes: Uint8Array): string | undefined =>
  bytes.length === LENGTH && MARK.equals(bytes.subarray(0, MARK.length))
    ? Buffer.from(bytes.subarray(TAG_AT, SESSION_AT)).toString('hex')
    : undefined

/** A message whose sender is proved; undefined where it is not, or cannot be read. */
export function decodePathMessage(bytes: Uint8Array, key: Uint8Array): PathMessage | undefined {
  if (bytes.length !== LENGTH || !timingSafeEqual(macOf(bytes, key), bytes.subarray(MAC_AT))) return undefined
  const view = Buffer.from(bytes)
  const [kind, path] = [KINDS[view.readUInt8(4)], PATHS[view.readUInt8(5)]]
  if (kind === undefined || path === undefined) return undefined
  return {
    kind,
    path,
    told: PATHS[view.readUInt8(6)],
    session: view.subarray(SESSION_AT, ROUND_AT),
    round: view.readUInt32BE(ROUND_AT),
  }
}

const macOf = (bytes: Uint8Array, key: Uint8Array): Buffer =>
  createHmac('sha256', key).update(bytes.subarray(0, MAC_AT)).digest().subarray(0, MAC_BYTES)
