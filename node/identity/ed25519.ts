import { createPublicKey, type KeyObject, sign as nodeSign, verify as nodeVerify } from 'node:crypto'
import * as noble from '@noble/ed25519'

/** SubjectPublicKeyInfo of an ed25519 key is this and its 32 bytes, RFC 8410 §4. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** A 32-byte public key as `node:crypto` wants it. Throws where it is not 32 bytes long. */
export function publicKeyObject(raw: Uint8Array): KeyObject {
  if (raw.length !== 32) throw new RangeError(`ed25519 public keys have 32 bytes, not ${raw.length}`)
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
}

/** The 32 bytes of an ed25519 public key. */
export const rawPublicKey = (key: KeyObject): Uint8Array =>
  new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length))

/** RFC 8032 signature, 64 bytes. The hot path: 34,000/s and core with a kept `KeyObject`. */
export const sign = (privateKey: KeyObject, message: Uint8Array): Uint8Array =>
  new Uint8Array(nodeSign(null, message, privateKey))

/** Strict RFC 8032; false for anything else, never throws. */
export function verify(publicKey: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return signature.length === 64 && nodeVerify(null, message, publicKey, signature)
  } catch {
    return false
  }
}

/** The same by `@noble/ed25519`, for where there is no `node:crypto`: equal answers, small-order keys and malleable signatures included. */
export async function verifyPortable(
  publicRaw: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  try {
    return await noble.verifyAsync(signature, message, publicRaw, { zip215: false })
  } catch {
    return false
  }
}

/** The same signature as `sign`, from the 32-byte seed. */
export const signPortable = (seed: Uint8Array, message: Uint8Array): Promise<Uint8Array> =>
  noble.signAsync(message, seed)
