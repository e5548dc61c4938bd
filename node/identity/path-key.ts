import { createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Identity } from './index.ts'

/** PrivateKeyInfo and SubjectPublicKeyInfo of an X25519 key are these and its 32 bytes, RFC 8410 §7 and §4. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')

/** Keeps these keys apart from all that WireGuard makes of the same pair. */
const PURPOSE = 'skein path probe 1'

/** The 32-byte key this host shares with the holder of a WireGuard public key, for probes of paths. Throws where that is no key. */
export type PathKeys = (peerPublicKey: string) => Buffer

/** Reads the private key once. Both ends of a pair get the same key, and nobody else does: X25519, RFC 7748 §6.1, and HKDF, RFC 5869. */
export async function readPathKeys({ wireguard }: Pick<Identity, 'wireguard'>): Promise<PathKeys> {
  const raw = Buffer.from((await readFile(wireguard.privateKeyFile, 'utf8')).trim(), 'base64')
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, raw]), format: 'der', type: 'pkcs8' })
  return (peerPublicKey) => {
    const spki = Buffer.concat([SPKI_PREFIX, Buffer.from(peerPublicKey, 'base64')])
    const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    return Buffer.from(hkdfSync('sha256', diffieHellman({ privateKey, publicKey }), '', PURPOSE, 32))
  }
}
