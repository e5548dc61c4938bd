import { randomBytes, X509Certificate } from 'node:crypto'
import { MeshError } from '#core/model/errors.ts'
import { HOST_NAME, type HostId } from '#core/model/ids.ts'
import type { HostRole } from '#core/model/lab.ts'
import { createCa, issueCertificate, readCertificate } from './cert.ts'
import { FILES, type FileName, pathOf, prepareFolder, readText, writePrivate } from './folder.ts'
import { createKeys, createWireguardKeys, type Keys, keysFromPem, keysToPem, wireguardPublicKey } from './keys.ts'

/** The authority's key and certificate, on core hosts. */
export interface Authority {
  readonly keys: Keys
  /** PEM. */
  readonly certificate: string
}

/** Who this host is, once it is a member of a mesh. */
export interface Identity {
  readonly id: HostId
  readonly name: string
  readonly role: HostRole
  readonly meshId: string
  readonly epoch: number
  readonly keys: Keys
  /** PEM. */
  readonly certificate: string
  readonly caCertificate: string
  /** Only on core hosts, which may issue certificates. */
  readonly ca?: Authority
  readonly wireguard: WireguardKey
}

interface WireguardKey {
  /** base64. */
  readonly publicKey: string
  /** 0600; tools read the private key from here. */
  readonly privateKeyFile: string
}

/** Keys of a host that is no member yet, kept before the token is used, so that an interrupted join may be resumed. */
export interface Candidate {
  readonly keys: Keys
  readonly wireguard: WireguardKey
}

/**
 * Makes a new mesh with this host as its first: authority, keys, certificates, in `<folder>/identity`.
 * Throws ALREADY_MEMBER where there is one, BAD_INPUT for a bad name.
 */
export async function createIdentity(
  folder: string,
  options: { readonly name: string; readonly nowMs: number },
): Promise<Identity> {
  if (!HOST_NAME.test(options.name))
    throw new MeshError('BAD_INPUT', `\`${options.name}\` is no host name: a-z, 0-9 and -, at most 32`)
  const { keys, wireguard } = await createCandidate(folder)
  const meshId = randomBytes(8).toString('hex')
  const caKeys = createKeys()
  const ca = { keys: caKeys, certificate: await createCa(caKeys, meshId, options.nowMs) }
  const claims = {
    meshId,
    hostId: keys.id,
    name: options.name,
    role: 'core',
    epoch: 1,
    wgPublicKey: wireguard.publicKey,
  } as const
  const certificate = await issueCertificate(ca, claims, { hostKey: keys.publicKey, nowMs: options.nowMs })
  await saveMembership(folder, { certificate, caCertificate: ca.certificate, caKey: keysToPem(caKeys) })
  return loadIdentity(folder)
}

/** The keys a join begins with; the same ones again where a join was interrupted. Throws ALREADY_MEMBER. */
export async function createCandidate(folder: string): Promise<Candidate> {
  if ((await readText(folder, 'hostCertificate')) !== undefined)
    throw new MeshError(
      'ALREADY_MEMBER',
      `${pathOf(folder, 'hostCertificate')} is there: this host is a member of a mesh`,
    )
  await prepareFolder(folder)
  const hostKey = await readOrMake(folder, 'hostKey', () => keysToPem(createKeys()))
  const wireguardKey = await readOrMake(folder, 'wireguardKey', () => `${createWireguardKeys().privateKey}\n`)
  return { keys: parse(folder, 'hostKey', () => keysFromPem(hostKey)), wireguard: wireguardOf(folder, wireguardKey) }
}

/** Keeps what a join or a bootstrap gave, the host's certificate last. All PEM; `caKey` only on core hosts. */
export async function saveMembership(
  folder: string,
  given: { readonly certificate: string; readonly caCertificate: string; readonly caKey?: string },
): Promise<void> {
  if (given.caKey !== undefined) await writePrivate(folder, 'caKey', given.caKey)
  await writePrivate(folder, 'caCertificate', given.caCertificate)
  await writePrivate(folder, 'hostCertificate', given.certificate)
}

/**
 * Reads the identity in `<folder>/identity`. Throws NO_IDENTITY where there is none, CORRUPT_STORE where its parts are damaged or do not
 * belong together. An expired certificate is no reason to refuse: running labs go on, control ends at the other hosts' doors.
 */
export async function loadIdentity(folder: string): Promise<Identity> {
  const certificate = await readText(folder, 'hostCertificate')
  if (certificate === undefined) throw new MeshError('NO_IDENTITY', `there is no ${pathOf(folder, 'hostCertificate')}`)
  const caCertificate = await required(folder, 'caCertificate')
  const keyText = await required(folder, 'hostKey')
  const keys = parse(folder, 'hostKey', () => keysFromPem(keyText))
  const nowMs = parse(folder, 'hostCertificate', () => new X509Certificate(certificate).validFromDate.getTime())
  const claims = parse(folder, 'hostCertificate', () => readCertificate(certificate, caCertificate, nowMs))
  const wireguard = wireguardOf(folder, await required(folder, 'wireguardKey'))
  if (claims.hostId !== keys.id || claims.wgPublicKey !== wireguard.publicKey)
    throw corrupt(folder, 'hostCertificate', 'it is for other keys')
  const caText = await readText(folder, 'caKey')
  const ca =
    caText === undefined
      ? {}
      : { ca: { keys: parse(folder, 'caKey', () => keysFromPem(caText)), certificate: caCertificate } }
  const { hostId: id, name, role, meshId, epoch } = claims
  return { id, name, role, meshId, epoch, keys, certificate, caCertificate, wireguard, ...ca }
}

async function readOrMake(folder: string, name: FileName, make: () => string): Promise<string> {
  const there = await readText(folder, name)
  if (there !== undefined) return there
  const text = make()
  await writePrivate(folder, name, text)
  return text
}

async function required(folder: string, name: FileName): Promise<string> {
  const text = await readText(folder, name)
  if (text === undefined) throw corrupt(folder, name, `${FILES[name]} is missing`)
  return text
}

function wireguardOf(folder: string, privateKey: string): WireguardKey {
  const publicKey = parse(folder, 'wireguardKey', () => wireguardPublicKey(privateKey.trim()))
  return { publicKey, privateKeyFile: pathOf(folder, 'wireguardKey') }
}

function parse<T>(folder: string, name: FileName, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw corrupt(folder, name, error instanceof Error ? error.message : String(error))
  }
}

const corrupt = (folder: string, name: FileName, why: string): MeshError =>
  new MeshError('CORRUPT_STORE', `${pathOf(folder, name)} is damaged: ${why}`)
