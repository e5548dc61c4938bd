import 'reflect-metadata'
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import { MeshError } from '#core/model/errors.ts'
import { readTextIfThere, writeSecretFile } from '#platform/files.ts'
import type { Authority } from './index.ts'

/** What the API of a host shows, PEM. */
export interface ApiCertificate {
  readonly certificate: string
  readonly key: string
}

/** By what people call a host. */
export interface ApiNames {
  readonly names: readonly string[]
  /** IP addresses. */
  readonly addresses: readonly string[]
}

/** A host that was removed can go on showing its last one for so long. */
const DAYS = 90
const DAY_MS = 24 * 3600 * 1000
/** Browsers know no ed25519: RFC 8422 keys on P-256 are what all of them take. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' }

/** A new key for it, PKCS #8 PEM. */
export const createApiKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()

/** Its public half, PEM. */
export const apiPublicKey = (key: string): string =>
  createPublicKey(createPrivateKey(key)).export({ format: 'pem', type: 'spki' }).toString()

/** A server certificate under the authority of the mesh, PEM, for a key on P-256. Throws BAD_INPUT for another key. */
export async function issueApiCertificate(
  ca: Authority,
  publicKey: string,
  { names, addresses, nowMs }: ApiNames & { readonly nowMs: number },
): Promise<string> {
  const key = readPublicKey(publicKey)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `4${randomBytes(16).toString('hex').slice(1)}`,
    subject: [{ CN: [names[0] ?? 'skein'] }],
    issuer: new x509.X509Certificate(ca.certificate).subject,
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + DAYS * DAY_MS),
    signingAlgorithm: { name: 'Ed25519' },
    publicKey: key.toCryptoKey(ALGORITHM, true, ['verify']),
    signingKey: ca.keys.privateKey.toCryptoKey({ name: 'Ed25519' }, false, ['sign']),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: 'dns' as const, value })),
        ...addresses.filter((value) => isIP(value) !== 0).map((value) => ({ type: 'ip' as const, value })),
      ]),
    ],
  })
  return certificate.toString('pem')
}

function readPublicKey(pem: string): ReturnType<typeof createPublicKey> {
  try {
    const key = createPublicKey(pem)
    if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  } catch {
    // told below
  }
  throw new MeshError('BAD_INPUT', 'a certificate of the API takes a public key on P-256')
}

/** Whether a certificate may go on being shown: of this authority and key, for all these names, in the first half of its life. */
export function isApiCertificateGood(
  { certificate, key }: ApiCertificate,
  { names, addresses, nowMs, ca }: ApiNames & { readonly nowMs: number; readonly ca: string },
): boolean {
  try {
    const read = new X509Certificate(certificate)
    const [fromMs, toMs] = [read.validFromDate.getTime(), read.validToDate.getTime()]
    return (
      read.verify(new X509Certificate(ca).publicKey) &&
      read.checkPrivateKey(createPrivateKey(key)) &&
      nowMs >= fromMs &&
      nowMs < (fromMs + toMs) / 2 &&
      names.every((name) => read.checkHost(name) !== undefined) &&
      addresses.every((address) => read.checkIP(address) !== undefined)
    )
  } catch {
    return false
  }
}

/** Where a host keeps it: `<data folder>/identity/api.crt` and `api.key`, 0600. */
export interface ApiCertificateFiles {
  /** Undefined where it is not there. */
  load(): Promise<ApiCertificate | undefined>
  save(kept: ApiCertificate): Promise<void>
}

/** In this data folder. */
export function apiCertificateFiles(folder: string): ApiCertificateFiles {
  const [crt, key] = [`${folder}/identity/api.crt`, `${folder}/identity/api.key`]
  return {
    load: async () => {
      const [certificate, secret] = await Promise.all([readTextIfThere(crt), readTextIfThere(key)])
      return certificate === undefined || secret === undefined ? undefined : { certificate, key: secret }
    },
    save: async (kept) => {
      await writeSecretFile(key, kept.key)
      await writeSecretFile(crt, kept.certificate)
    },
  }
}
