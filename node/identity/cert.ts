import 'reflect-metadata'
import {
  createHash,
  createPublicKey,
  type KeyObject,
  X509Certificate as NodeCertificate,
  randomBytes,
  webcrypto,
} from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { HostRole } from '#core/model/lab.ts'
import { hostIdOf, type Keys } from './keys.ts'

/** What the authority of a mesh says about one host. */
export interface HostClaims {
  readonly meshId: string
  readonly hostId: HostId
  readonly name: string
  readonly role: HostRole
  readonly epoch: number
  /** base64, as `wg pubkey` prints it. */
  readonly wgPublicKey: string
}

/** A host's certificate; renewed at half its life by any core host. */
const HOST_CERT_DAYS = 365
/** The authority's own. */
const CA_DAYS = 20 * 365
const DAY_MS = 24 * 3600 * 1000
const ALGORITHM = { name: 'Ed25519' }

x509.cryptoProvider.set(webcrypto)

/** The self-signed certificate of a new mesh's authority, PEM. */
export async function createCa(keys: Keys, meshId: string, nowMs: number): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [`skein ${meshId}`] }],
    ...life(nowMs, CA_DAYS),
    signingAlgorithm: ALGORITHM,
    keys: webKeys(keys),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  })
  return certificate.toString('pem')
}

/** A PKCS #10 request for a host's own key, PEM: proves that the joiner holds it. */
export async function createCsr(keys: Keys, name: string): Promise<string> {
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [name] }],
    keys: webKeys(keys),
    signingAlgorithm: ALGORITHM,
  })
  return request.toString('pem')
}

/** The host whose key a request is for. Throws BAD_INPUT where it is damaged or not signed by that key. */
export async function readCsr(pem: string): Promise<HostId> {
  try {
    const request = new x509.Pkcs10CertificateRequest(pem)
    if (await request.verify()) return hostIdOf(spki(request.publicKey.rawData))
  } catch (error) {
    throw new MeshError('BAD_INPUT', 'the certificate request cannot be read', {}, error)
  }
  throw new MeshError('BAD_INPUT', 'the certificate request is not signed by its own key')
}

/** A host certificate, PEM, issued under the authority. The claims must come from the log, the key belongs to `claims.hostId`. */
export async function issueCertificate(
  ca: { readonly keys: Keys; readonly certificate: string },
  claims: HostClaims,
  options: { readonly hostKey: KeyObject; readonly nowMs: number; readonly days?: number },
): Promise<string> {
  if (hostIdOf(options.hostKey) !== claims.hostId)
    throw new MeshError('BAD_INPUT', `the key is not the one of ${claims.hostId}`)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: [claims.name] }],
    issuer: new x509.X509Certificate(ca.certificate).subject,
    ...life(options.nowMs, options.days ?? HOST_CERT_DAYS),
    signingAlgorithm: ALGORITHM,
    publicKey: webPublic(options.hostKey),
    signingKey: webKeys(ca.keys).privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: claimsUrl(claims) }], true),
    ],
  })
  return certificate.toString('pem')
}

/** base64url SHA-256 of the authority's public key, as tokens carry it. Throws WRONG_MESH where it is no certificate. */
export function caHashOf(caPem: string): string {
  return createHash('sha256')
    .update(parsePem(caPem).publicKey.export({ format: 'der', type: 'spki' }))
    .digest('base64url')
}

/**
 * Reads a host certificate after checking that the authority issued it, that it is within its life, and that it is for the key it names.
 * Throws WRONG_MESH with what is wrong.
 */
export function readCertificate(pem: string, caPem: string, nowMs: number): HostClaims {
  const certificate = parsePem(pem)
  const ca = parsePem(caPem)
  if (!certificate.checkIssued(ca) || !certificate.verify(ca.publicKey) || certificate.ca)
    throw wrong('the certificate is not of this mesh')
  const { validFromDate, validToDate } = certificate
  if (nowMs < validFromDate.getTime() || nowMs > validToDate.getTime())
    throw wrong(
      `the certificate is valid from ${validFromDate.toISOString()} to ${validToDate.toISOString()}; compare the clocks`,
    )
  const claims = parseClaims(certificate)
  if (hostIdOf(certificate.publicKey) !== claims.hostId) throw wrong('the certificate names another key')
  return claims
}

/** When a certificate ends, milliseconds since 1970. Throws WRONG_MESH where it is none. */
export const certificateEndMs = (pem: string): number => parsePem(pem).validToDate.getTime()

const wrong = (message: string, cause?: unknown): MeshError => new MeshError('WRONG_MESH', message, {}, cause)

/** A clock that is a day behind may still use a new certificate. */
const life = (nowMs: number, days: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(nowMs - DAY_MS),
  notAfter: new Date(nowMs + days * DAY_MS),
})

/** Positive and 16 bytes long, RFC 5280 §4.1.2.2. */
function serial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

function claimsUrl(claims: HostClaims): string {
  const wg = Buffer.from(claims.wgPublicKey, 'base64').toString('base64url')
  const query = new URLSearchParams({ name: claims.name, role: claims.role, epoch: String(claims.epoch), wg })
  return `skein://${claims.meshId}/${claims.hostId}?${query}`
}

function parseClaims(certificate: NodeCertificate): HostClaims {
  const match = /^URI:skein:\/\/([a-z0-9-]+)\/([A-Za-z0-9]+)\?([A-Za-z0-9_=&-]+)$/.exec(
    certificate.subjectAltName ?? '',
  )
  const query = new URLSearchParams(match?.[3] ?? '')
  const [name, role, epoch, wg] = [query.get('name'), query.get('role'), Number(query.get('epoch')), query.get('wg')]
  const isRole = role === 'core' || role === 'worker' || role === 'gateway'
  if (match === null || name === null || !isRole || !Number.isSafeInteger(epoch) || wg === null)
    throw wrong('the certificate lacks its claims')
  const wgPublicKey = Buffer.from(wg, 'base64url').toString('base64')
  return { meshId: match[1] ?? '', hostId: (match[2] ?? '') as HostId, name, role, epoch, wgPublicKey }
}

const spki = (der: ArrayBuffer): KeyObject => createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })

function parsePem(pem: string): NodeCertificate {
  try {
    return new NodeCertificate(pem)
  } catch (error) {
    throw wrong('the certificate cannot be read', error)
  }
}

const webPublic = (key: KeyObject): webcrypto.CryptoKey => key.toCryptoKey(ALGORITHM, true, ['verify'])

const webKeys = (keys: Keys): webcrypto.CryptoKeyPair => ({
  publicKey: webPublic(keys.publicKey),
  privateKey: keys.privateKey.toCryptoKey(ALGORITHM, false, ['sign']),
})
