import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { privateKeyFromRaw, publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import type { HostId } from '#core/model/ids.ts'
import { publicKeyObject, rawPublicKey } from './ed25519.ts'

/** An ed25519 key pair: a host's, a mesh authority's or a token's. */
export interface Keys {
  /** Peer id of the public key. */
  readonly id: HostId
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** PrivateKeyInfo of an ed25519 seed is this and its 32 bytes, RFC 8410 §7. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A new key pair. */
export const createKeys = (): Keys => keysFromSeed(randomBytes(32))

/** The key pair of a 32-byte seed, RFC 8032 §5.1.5. */
export function keysFromSeed(seed: Uint8Array): Keys {
  if (seed.length !== 32) throw new RangeError(`ed25519 seeds have 32 bytes, not ${seed.length}`)
  return keysOf(createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' }))
}

/** Reads a PKCS #8 PEM. Throws where it is no ed25519 key. */
export function keysFromPem(pem: string): Keys {
  const privateKey = createPrivateKey(pem)
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw new TypeError(`an ed25519 key is needed, not ${privateKey.asymmetricKeyType}`)
  return keysOf(privateKey)
}

/** PKCS #8 PEM of the private key. */
export const keysToPem = (keys: Keys): string => keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()

/** The 32-byte seed of the private key. */
export const seedOf = (keys: Keys): Uint8Array =>
  new Uint8Array(keys.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_PREFIX.length))

/** The same key as libp2p wants it: the seed and the public key. */
export function libp2pKey(keys: Keys): Ed25519PrivateKey {
  const key = privateKeyFromRaw(Buffer.concat([seedOf(keys), rawPublicKey(keys.publicKey)]))
  if (key.type !== 'Ed25519') throw new TypeError(`an Ed25519 key is needed, not ${key.type}`)
  return key
}

/** The peer id of a public key. */
export function hostIdOf(publicKey: KeyObject): HostId {
  return peerIdFromPublicKey(publicKeyFromRaw(rawPublicKey(publicKey))).toString() as HostId
}

/** The public key a peer id is made of. Throws where it holds none. */
export function publicKeyOf(id: string): KeyObject {
  const peer = peerIdFromString(id)
  if (peer.type !== 'Ed25519') throw new TypeError(`${id} is not an ed25519 peer id`)
  return publicKeyObject(peer.publicKey.raw)
}

/** A Curve25519 pair as `wg genkey` and `wg pubkey` print them: base64 of 32 bytes, wg(8). */
export function createWireguardKeys(): { readonly privateKey: string; readonly publicKey: string } {
  const pair = generateKeyPairSync('x25519')
  const privateKey = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32).toString('base64')
  return { privateKey, publicKey: wireguardPublicKey(privateKey) }
}

/** What `wg pubkey` prints for a private key. */
export function wireguardPublicKey(privateKey: string): string {
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), Buffer.from(privateKey, 'base64')])
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  return key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')
}

function keysOf(privateKey: KeyObject): Keys {
  const publicKey = createPublicKey(privateKey)
  return { id: hostIdOf(publicKey), privateKey, publicKey }
}
