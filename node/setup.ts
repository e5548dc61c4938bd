import { createHash, randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { apiNamesOf } from '#agent/access/certificates.ts'
import { fingerprintOf } from '#api/network.ts'
import type { BootstrapOptions, BootstrapResult, JoinOptions, JoinResult } from '#cli/index.ts'
import type { Config } from '#config/config.ts'
import { MeshError } from '#core/model/errors.ts'
import { HOST_NAME } from '#core/model/ids.ts'
import { apply, initialState, type State } from '#core/state/machine.ts'
import { encodeState } from '#core/state/snapshot.ts'
import { apiCertificateFiles, apiPublicKey, createApiKey, issueApiCertificate } from '#identity/api-certificate.ts'
import { caHashOf } from '#identity/cert.ts'
import { createCandidate, createIdentity, type Identity, loadIdentity, saveMembership } from '#identity/index.ts'
import { createToken, decodeToken, encodeToken, type JoinToken, tokenVerifier } from '#identity/token.ts'
import { joinMesh } from '#mesh/join-client.ts'
import { readVersion } from '#platform/host-facts.ts'
import { type OwnAddresses, ownAddresses } from '#platform/own-addresses.ts'
import { openStore, type Store } from '#store/index.ts'
import { configOf, type Env } from './host-config.ts'

/** The first token of a mesh lives an hour, like any other. */
const FIRST_TOKEN_MS = 3_600_000
const JOIN_TIMEOUT_MS = 60_000

/** Makes a mesh with this host as its first: identity, log, and a token for the next host. Goes on where it was interrupted. */
export const bootstrap = async (options: BootstrapOptions & { env: Env }): Promise<BootstrapResult> => {
  const config = configOf(options)
  const at = addressesOf(options, config)
  const store = await openStore(config.dataDir)
  try {
    // An interrupted bootstrap leaves keys and nothing else; a member of a mesh keeps at least its roster.
    if ((await store.loadRaft()) !== undefined || (await store.loadRecords()).length > 0)
      throw new MeshError('ALREADY_MEMBER', `${config.dataDir} holds the state of a mesh already`)
    const identity = await memberOf(config, options.name)
    const token = firstToken(identity, at.addresses, config)
    const adminCode = randomBytes(9).toString('base64url')
    const firstCode = createHash('sha256').update(adminCode).digest('hex')
    const state = firstState(identity, at, { ...config, firstCode })
    const url = urlOf(at.addresses[0] ?? 'localhost', config)
    const fingerprint = config.apiTls === 'mesh' ? await apiCertificate(identity, state, config) : undefined
    await keepFirstState(store, state, token)
    const shown = { adminCode, url, ...(fingerprint === undefined ? {} : { fingerprint }), token: encodeToken(token) }
    return { id: identity.id, name: identity.name, ...shown }
  } finally {
    await store.close()
  }
}

/** Joins a mesh by token. The same keys may try again with the same token after an interruption. */
export const join = async (options: JoinOptions & { env: Env }): Promise<JoinResult> => {
  const config = configOf(options)
  if (!HOST_NAME.test(options.name))
    throw new MeshError('BAD_INPUT', `\`${options.name}\` is no host name: a-z, 0-9 and -, at most 32`)
  const token = decodeToken(options.token)
  const at = addressesOf(options, config)
  const { keys, wireguard } = await createCandidate(config.dataDir)
  const ask = {
    name: options.name,
    wgPublicKey: wireguard.publicKey,
    wgPort: config.wireguardPort,
    port: config.libp2pPort,
    ...at,
  }
  const joined = await joinMesh({
    ...ask,
    token,
    keys,
    protocol: readVersion().protocol,
    nowMs: Date.now(),
    timeoutMs: JOIN_TIMEOUT_MS,
  })
  const store = await openStore(config.dataDir)
  try {
    await store.putRecord(joined.record)
  } finally {
    await store.close()
  }
  await saveMembership(config.dataDir, joined)
  return { id: keys.id, name: options.name, overlayAddress: joined.overlayAddress }
}

/** The identity of an interrupted bootstrap under the same name, or a new one. */
const memberOf = async (config: Config, name: string): Promise<Identity> => {
  try {
    const identity = await loadIdentity(config.dataDir)
    if (identity.name === name) return identity
    throw new MeshError(
      'ALREADY_MEMBER',
      `${config.dataDir} belongs to host ${identity.name} of mesh ${identity.meshId}`,
    )
  } catch (error) {
    if (error instanceof MeshError && error.code === 'NO_IDENTITY')
      return createIdentity(config.dataDir, { name, nowMs: Date.now() })
    throw error
  }
}

const firstState = (identity: Identity, at: OwnAddresses, config: Config & { readonly firstCode: string }): State =>
  initialState({
    meshId: identity.meshId,
    overlayCidr: config.overlay,
    firstCode: config.firstCode,
    config: {
      restMs: config.restS * 1000,
      mgmtCidr: config.mgmt,
      vni: [config.vniMin, config.vniMax],
      port: [config.portMin, config.portMax],
    },
    nowMs: Date.now(),
    first: {
      id: identity.id,
      name: identity.name,
      role: 'core',
      ...at,
      port: config.libp2pPort,
      wgPublicKey: identity.wireguard.publicKey,
      wgPort: config.wireguardPort,
    },
  })

const firstToken = (identity: Identity, addresses: readonly string[], config: Config): JoinToken =>
  createToken({
    meshId: identity.meshId,
    caHash: caHashOf(identity.caCertificate),
    role: 'core',
    expiresAtMs: Date.now() + FIRST_TOKEN_MS,
    contacts: addresses.map(
      (address) => `/${address.includes(':') ? 'ip6' : 'ip4'}/${address}/tcp/${config.libp2pPort}/p2p/${identity.id}`,
    ),
  })

/** The log of a new mesh begins with a snapshot that holds its first host and its first token. */
const keepFirstState = async (store: Store, empty: State, token: JoinToken): Promise<void> => {
  const { state, result } = apply(
    empty,
    { index: 1, term: 1 },
    {
      type: 'create-token',
      requestId: `bootstrap/${token.id}`,
      nowMs: Date.now(),
      id: token.id,
      verifier: tokenVerifier(token),
      role: token.role,
      uses: 1,
      expiresAtMs: token.expiresAtMs,
    },
  )
  if (!result.ok) throw new MeshError(result.code, result.message, result.details)
  const voter = Object.values(state.roster).map((host) => host.id)
  await store.persistRaft({
    hard: { term: 1, votedFor: null },
    snapshot: { index: 1, term: 1, configuration: { voters: voter, learners: [] }, state: encodeState(state) },
  })
}

/** Made before the agent runs, so that a person knows what the browser must show: its SHA-256. */
const apiCertificate = async (identity: Identity, state: State, { dataDir }: Config): Promise<string | undefined> => {
  const names = apiNamesOf(Object.values(state.roster), identity.id)
  if (identity.ca === undefined || names === undefined) return undefined
  const key = createApiKey()
  const certificate = await issueApiCertificate(identity.ca, apiPublicKey(key), { ...names, nowMs: Date.now() })
  await apiCertificateFiles(dataDir).save({ key, certificate })
  return fingerprintOf(certificate)
}

/** What a browser opens to see this host. */
const urlOf = (address: string, { apiPort, apiTls }: Config): string =>
  `${apiTls === 'off' ? 'http' : 'https'}://${address.includes(':') ? `[${address}]` : address}:${apiPort}/`

/** Where this host is reached, as it is told or as it finds out by itself. */
const addressesOf = (options: BootstrapOptions, config: Config): OwnAddresses =>
  ownAddresses(networkInterfaces(), {
    primary: options.advertise === undefined ? [] : [options.advertise],
    secondary: options.secondaryAddress ?? config.secondaryAddress,
  })
