import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecordKind, RosterEntry, SignedRecord } from '#core/model/record.ts'
import { rosterEntry } from '#testing/samples.ts'
import { caHashOf, createCa, createCsr, issueCertificate, readCertificate, readCsr } from './cert.ts'
import { publicKeyObject, rawPublicKey, sign, signPortable, verify, verifyPortable } from './ed25519.ts'
import { createCandidate, createIdentity, loadIdentity, saveMembership } from './index.ts'
import {
  createKeys,
  createWireguardKeys,
  hostIdOf,
  keysFromPem,
  keysFromSeed,
  keysToPem,
  libp2pKey,
  publicKeyOf,
  seedOf,
  wireguardPublicKey,
} from './keys.ts'
import { signRecord } from './sign.ts'
import { checkProof, createToken, decodeToken, encodeToken, proveJoin, tokenVerifier } from './token.ts'
import { createVerifier } from './verify.ts'

const NOW = Date.UTC(2026, 10, 20)

/** The eight points of small order, and encodings of them that are not canonical. */
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0100000000000000000000000000000000000000000000000000000000000080',
].map((hex) => Buffer.from(hex, 'hex'))

/** The order of the base point, RFC 8032 §5.1: S and S + L are the same scalar. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n

function plusL(signature: Uint8Array): Uint8Array {
  const scalar = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + L
  const bytes = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse()
  return Buffer.concat([signature.subarray(0, 32), bytes])
}

describe('ed25519', () => {
  const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })

  it('signs the same with both and verifies across', async () => {
    await fc.assert(
      fc.asyncProperty(seed, fc.uint8Array({ maxLength: 300 }), async (some, message) => {
        const keys = keysFromSeed(some)
        const signature = sign(keys.privateKey, message)
        expect(await signPortable(some, message)).toEqual(signature)
        expect(verify(keys.publicKey, message, signature)).toBe(true)
        expect(await verifyPortable(rawPublicKey(keys.publicKey), message, signature)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('answers the same for changed signatures, keys and messages', async () => {
    const change = fc.tuple(fc.constantFrom('key', 'message', 'signature'), fc.nat(), fc.integer({ min: 1, max: 255 }))
    await fc.assert(
      fc.asyncProperty(seed, change, async (some, [what, at, xor]) => {
        const keys = keysFromSeed(some)
        const parts = {
          key: Buffer.from(rawPublicKey(keys.publicKey)),
          message: Buffer.from('hello'),
          signature: Buffer.from(sign(keys.privateKey, Buffer.from('hello'))),
        }
        const bytes = parts[what as keyof typeof parts]
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ xor
        const here = verify(publicKeyObject(parts.key), parts.message, parts.signature)
        expect(here).toBe(false)
        expect(await verifyPortable(parts.key, parts.message, parts.signature)).toBe(here)
      }),
      { numRuns: 60 },
    )
  })

  it('refuses keys of small order and scalars beyond the order, with both', async () => {
    for (const key of SMALL_ORDER)
      for (const point of SMALL_ORDER.slice(0, 8)) {
        const forged = Buffer.concat([point, Buffer.alloc(32)])
        for (const message of ['a', 'b', 'c', 'd']) {
          expect(verify(publicKeyObject(key), Buffer.from(message), forged)).toBe(false)
          expect(await verifyPortable(key, Buffer.from(message), forged)).toBe(false)
        }
      }
    const keys = createKeys()
    const malleable = plusL(sign(keys.privateKey, Buffer.from('x')))
    expect(verify(keys.publicKey, Buffer.from('x'), malleable)).toBe(false)
    expect(await verifyPortable(rawPublicKey(keys.publicKey), Buffer.from('x'), malleable)).toBe(false)
  })
})

describe('keys', () => {
  it('go to PEM, to libp2p, to a peer id, and back', () => {
    const keys = createKeys()
    expect(keysFromPem(keysToPem(keys)).id).toBe(keys.id)
    expect(keysFromSeed(seedOf(keys)).id).toBe(keys.id)
    expect(hostIdOf(publicKeyOf(keys.id))).toBe(keys.id)
    expect(libp2pKey(keys).publicKey.toString()).toBe(keys.id)
    expect(keys.id).toMatch(/^12D3KooW[A-Za-z0-9]{44}$/)
    expect(() => publicKeyOf('Qmfoo')).toThrow()
  })

  it('of WireGuard are as wg(8) derives them', () => {
    const pair = createWireguardKeys()
    expect(wireguardPublicKey(pair.privateKey)).toBe(pair.publicKey)
    const der = (prefix: string, raw: Uint8Array) => Buffer.concat([Buffer.from(prefix, 'hex'), raw])
    const nine = Buffer.alloc(32)
    nine[0] = 9
    // RFC 7748 §6.1: the public key is the private one times the base point, whose u is 9.
    const product = diffieHellman({
      privateKey: createPrivateKey({
        key: der('302e020100300506032b656e04220420', Buffer.from(pair.privateKey, 'base64')),
        format: 'der',
        type: 'pkcs8',
      }),
      publicKey: createPublicKey({ key: der('302a300506032b656e032100', nine), format: 'der', type: 'spki' }),
    })
    expect(product.toString('base64')).toBe(pair.publicKey)
  })
})

describe('token', () => {
  const token = createToken({
    meshId: 'm1',
    caHash: 'hash',
    role: 'core',
    name: 'b',
    expiresAtMs: NOW,
    contacts: ['/ip4/10.0.0.1/tcp/7000/p2p/x'],
  })
  const transcript = {
    meshId: 'm1',
    tokenId: token.id,
    nonce: 'n',
    serverId: 's',
    joinerId: 'j',
    request: { csr: 'c' },
  }

  it('goes to text and back, with and without a name', () => {
    const { name: _, ...nameless } = token
    for (const some of [token, nameless]) expect(decodeToken(` ${encodeToken(some)}\n`)).toEqual(some)
  })

  it('says what is wrong with any damaged copy and never shows it', () => {
    const text = encodeToken(token)
    const damaged = fc
      .tuple(fc.nat(text.length - 1), fc.constantFrom('', 'A', 'b', '-', ' ', '§'))
      .map(([at, char]) => text.slice(0, at) + char + text.slice(at + 1))
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string()), (copy) => {
        if (copy.trim() === text) return
        let error: unknown
        try {
          expect(decodeToken(copy)).toEqual(token)
        } catch (thrown) {
          error = thrown
        }
        if (error !== undefined)
          expect(error).toMatchObject({ code: 'TOKEN_INVALID', message: expect.stringMatching(/^the token/) })
      }),
      { numRuns: 300 },
    )
  })

  it('is proved without its secret, for this very request only', () => {
    const verifier = tokenVerifier(token)
    const proof = proveJoin(token, transcript)
    expect(checkProof(verifier, transcript, proof)).toBe(true)
    for (const change of [
      { nonce: 'x' },
      { serverId: 'x' },
      { joinerId: 'x' },
      { request: {} },
      { tokenId: 'x' },
      { meshId: 'x' },
    ])
      expect(checkProof(verifier, { ...transcript, ...change }, proof)).toBe(false)
    expect(checkProof(verifier, transcript, verifier)).toBe(false)
    expect(checkProof('rubbish', transcript, proof)).toBe(false)
    const secret = Buffer.from(token.secret)
    for (const seen of [proof, verifier]) expect(Buffer.from(seen, 'base64url').includes(secret)).toBe(false)
  })
})

describe('certificates', () => {
  const caKeys = createKeys()
  const host = createKeys()
  const claims = {
    meshId: 'm1',
    hostId: host.id,
    name: 'a',
    role: 'core',
    epoch: 3,
    wgPublicKey: createWireguardKeys().publicKey,
  } as const

  it('carry the claims, under their authority only, within their life only', async () => {
    const ca = { keys: caKeys, certificate: await createCa(caKeys, 'm1', NOW) }
    const other = createKeys()
    const otherCa = await createCa(other, 'm1', NOW)
    const certificate = await issueCertificate(ca, claims, { hostKey: host.publicKey, nowMs: NOW })
    expect(readCertificate(certificate, ca.certificate, NOW)).toEqual(claims)
    expect(caHashOf(ca.certificate)).not.toBe(caHashOf(otherCa))
    const refused = (pem: string, under: string, nowMs: number) =>
      expect(() => readCertificate(pem, under, nowMs)).toThrow(expect.objectContaining({ code: 'WRONG_MESH' }))
    refused(certificate, otherCa, NOW)
    refused(certificate, ca.certificate, NOW + 400 * 24 * 3600 * 1000)
    refused(ca.certificate, ca.certificate, NOW)
    refused('rubbish', ca.certificate, NOW)
    await expect(issueCertificate(ca, claims, { hostKey: other.publicKey, nowMs: NOW })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    })
  })

  it('are asked for with a request signed by the key itself', async () => {
    const csr = await createCsr(host, 'a')
    expect(await readCsr(csr)).toBe(host.id)
    const at = csr.length - 60
    const changed = csr.slice(0, at) + (csr[at] === 'A' ? 'B' : 'A') + csr.slice(at + 1)
    await expect(readCsr(changed)).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(readCsr('')).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })
})

describe('identity folder', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skein-identity-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is made, read again, and private', async () => {
    const made = await createIdentity(folder, { name: 'a', nowMs: NOW })
    const read = await loadIdentity(folder)
    expect(read).toMatchObject({ id: made.id, name: 'a', role: 'core', epoch: 1, meshId: made.meshId })
    expect(read.ca?.keys.id).toBe(made.ca?.keys.id)
    expect((await stat(join(folder, 'identity'))).mode & 0o777).toBe(0o700)
    for (const file of ['host.key', 'host.crt', 'ca.crt', 'ca.key', 'wireguard.key'])
      expect((await stat(join(folder, 'identity', file))).mode & 0o777).toBe(0o600)
    await expect(createIdentity(folder, { name: 'a', nowMs: NOW })).rejects.toMatchObject({ code: 'ALREADY_MEMBER' })
  })

  it('keeps the keys of an interrupted join', async () => {
    const first = await createCandidate(folder)
    expect((await createCandidate(folder)).keys.id).toBe(first.keys.id)
    await expect(loadIdentity(folder)).rejects.toMatchObject({ code: 'NO_IDENTITY' })
  })

  it('refuses what is damaged or does not belong together', async () => {
    const made = await createIdentity(folder, { name: 'a', nowMs: NOW })
    const key = join(folder, 'identity', 'host.key')
    const good = await readFile(key, 'utf8')
    await writeFile(key, 'rubbish')
    await expect(loadIdentity(folder)).rejects.toMatchObject({ code: 'CORRUPT_STORE' })
    await writeFile(key, keysToPem(createKeys()))
    await expect(loadIdentity(folder)).rejects.toMatchObject({ code: 'CORRUPT_STORE' })
    await writeFile(key, good)
    expect((await loadIdentity(folder)).id).toBe(made.id)
    await saveMembership(folder, { certificate: 'rubbish', caCertificate: made.caCertificate })
    await expect(loadIdentity(folder)).rejects.toMatchObject({ code: 'CORRUPT_STORE' })
  })

  it('refuses a bad name', () =>
    expect(createIdentity(folder, { name: 'A b', nowMs: NOW })).rejects.toMatchObject({ code: 'BAD_INPUT' }))
})

describe('verifier', () => {
  const [core, worker, removed, stranger] = [createKeys(), createKeys(), createKeys(), createKeys()]
  const entry = (keys: typeof core, fields: Partial<RosterEntry>): RosterEntry => rosterEntry(keys.id, fields)
  const roster = [entry(core, { role: 'core' }), entry(worker, {}), entry(removed, { state: 'removed' })]
  const verifier = createVerifier({ roster: () => roster })
  const record = (keys: typeof core, kind: RecordKind, key: string): SignedRecord =>
    signRecord({ kind, key, version: [], expiresAtMs: 0, body: { a: 1 } }, keys, [1, 1, 1])
  const verdict = (some: SignedRecord): string => {
    const result = verifier(some)
    return result.type === 'verified' ? 'verified' : `${result.type} ${result.code}`
  }

  it.each([
    ['an intent of anyone admitted', record(worker, 'intent', 'lab'), 'verified'],
    ['own heartbeat', record(worker, 'heartbeat', worker.id), 'verified'],
    ['own events', record(worker, 'events', worker.id), 'verified'],
    ['events of another host', record(core, 'events', worker.id), 'reject KIND_FORBIDDEN'],
    ['own status of a lab', record(worker, 'status', `${worker.id}/lab`), 'verified'],
    ['status of another host', record(worker, 'status', `${core.id}/lab`), 'reject KIND_FORBIDDEN'],
    ['heartbeat of another host', record(worker, 'heartbeat', core.id), 'reject KIND_FORBIDDEN'],
    ['an assignment of a core host', record(core, 'assignment', 'lab'), 'verified'],
    ['an assignment of a worker', record(worker, 'assignment', 'lab'), 'reject KIND_FORBIDDEN'],
    ['a roster of a worker', record(worker, 'roster', 'mesh'), 'reject KIND_FORBIDDEN'],
    ['a stranger', record(stranger, 'intent', 'lab'), 'ignore AUTHOR_UNKNOWN'],
    ['a removed host', record(removed, 'intent', 'lab'), 'ignore AUTHOR_REMOVED'],
    ['a changed body', { ...record(core, 'intent', 'lab'), body: { a: 2 } }, 'reject BAD_SIGNATURE'],
    ['another author', { ...record(core, 'intent', 'lab'), author: worker.id }, 'reject BAD_SIGNATURE'],
    ['a raised counter', { ...record(core, 'intent', 'lab'), fresh: [1, 1, 2] as const }, 'reject BAD_SIGNATURE'],
  ])('%s', (_, some, expected) => {
    expect(verdict(some)).toBe(expected)
  })
})
