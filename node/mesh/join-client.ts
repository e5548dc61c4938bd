import { type Connection, UnsupportedProtocolError } from '@libp2p/interface'
import { CODE_P2P, multiaddr } from '@multiformats/multiaddr'
import { MeshError } from '#core/model/errors.ts'
import { caHashOf, createCsr, readCertificate } from '#identity/cert.ts'
import { type Keys, libp2pKey } from '#identity/keys.ts'
import { type JoinToken, proveJoin } from '#identity/token.ts'
import { asError, openChannel } from './channel.ts'
import { type JoinHello, MAX_JOIN_BYTES, readAnswer, readHello } from './join-messages.ts'
import { createTransport, type Transport } from './libp2p.ts'
import type { JoinAnswer, JoinAsk } from './mesh.ts'
import { protocolsOf } from './protocols.ts'
import { fromWireError, isObject } from './wire-error.ts'

export interface JoinOptions extends Omit<JoinAsk, 'csr' | 'role'> {
  readonly token: JoinToken
  /** Of this host; it keeps them. */
  readonly keys: Keys
  readonly protocol: number
  /** Wall clock, for the lives of token and certificates. */
  readonly nowMs: number
  /** For all tries together. */
  readonly timeoutMs: number
}

/** What is kept of a join. */
export interface Joined extends JoinAnswer {
  /** PEM, checked against the token. */
  readonly caCertificate: string
}

/** Pause before all contacts are tried again: another joiner may have had its turn. */
const RETRY_MS = 1000
/** How long closing may take: a connection the other side has closed first is waited for in vain. */
const STOP_MS = 2000

/**
 * Joins a mesh by token: dials its contacts in turn, checks that the other end is of the token's mesh before anything is sent, proves the
 * token without showing it, and checks the certificate it gets. Rejects with TOKEN_EXPIRED, WRONG_MESH (also where nobody who answers
 * knows the token's mesh), UNREACHABLE, or what the mesh answers (TOKEN_SPENT, TOKEN_UNKNOWN, TOKEN_INVALID, NAME_TAKEN, NO_QUORUM …).
 * The same keys may try again with the same token.
 */
export async function joinMesh(options: JoinOptions): Promise<Joined> {
  const { token, nowMs } = options
  if (token.expiresAtMs <= nowMs)
    throw new MeshError('TOKEN_EXPIRED', `the token ended at ${new Date(token.expiresAtMs).toISOString()}`)
  const { join, records } = protocolsOf(options.protocol, token.meshId)
  const transport = await createTransport({
    privateKey: libp2pKey(options.keys),
    listen: [],
    gater: { denyDialMultiaddr: () => false, denyInboundConnection: () => true },
    guard: (protocol) => (protocol === join ? undefined : refuse),
    topic: records,
    seenMs: 1000,
  })
  // Time limits by AbortSignal do not keep a process alive; where the other side has hung up, nothing else does.
  const alive = setInterval(() => undefined, RETRY_MS)
  try {
    await transport.start()
    return await tryContacts(transport, join, options)
  } finally {
    await Promise.race([transport.stop(), new Promise((resolve) => setTimeout(resolve, STOP_MS).unref())])
    clearInterval(alive)
  }
}

const refuse = (): never => {
  throw new Error('not before this host is admitted')
}

async function tryContacts(transport: Transport, protocol: string, options: JoinOptions): Promise<Joined> {
  const signal = AbortSignal.timeout(Math.ceil(options.timeoutMs))
  const { contacts } = options.token
  let last: unknown
  while (!signal.aborted) {
    let strangers = 0
    for (const contact of contacts) {
      try {
        // Who answers there is proved by its certificate, see `checkServer`: any host of the mesh will do.
        const connection = await transport.dial(multiaddr(contact).decapsulateCode(CODE_P2P), { signal })
        return await joinOver(connection, protocol, { ...options, signal })
      } catch (error) {
        if (error instanceof MeshError) throw error
        if (error instanceof UnsupportedProtocolError) strangers += 1
        last = error
      }
    }
    if (strangers === contacts.length) throw foreign(contacts)
    await pause(signal)
  }
  throw new MeshError(
    'UNREACHABLE',
    `none of ${contacts.join(', ')} could be joined: ${asError(last).message}`,
    { contacts },
    last,
  )
}

const foreign = (contacts: readonly string[]): MeshError =>
  new MeshError(
    'WRONG_MESH',
    `${contacts.join(', ')}: what answers there is not of the mesh this token is for, or runs another version`,
    { contacts },
  )

async function joinOver(
  connection: Connection,
  protocol: string,
  options: JoinOptions & { readonly signal: AbortSignal },
): Promise<Joined> {
  const { token, keys, signal } = options
  const channel = openChannel(await connection.newStream(protocol, { signal }), MAX_JOIN_BYTES)
  try {
    const hello = readHello(await channel.read(signal))
    const serverId = connection.remotePeer.toString()
    checkServer(hello, serverId, options)
    const ask = await askOf(options)
    const transcript = {
      meshId: token.meshId,
      tokenId: token.id,
      nonce: hello.nonce,
      serverId,
      joinerId: keys.id,
      request: ask,
    }
    await channel.write({ type: 'join', tokenId: token.id, ask, proof: proveJoin(token, transcript) }, signal)
    const word = await channel.read(signal)
    if (isObject(word) && 'error' in word) throw fromWireError(word.error)
    const answer = readAnswer(isObject(word) ? word.answer : undefined)
    checkAnswer(answer, hello.ca, options)
    return { ...answer, caCertificate: hello.ca }
  } finally {
    void channel.close()
  }
}

async function askOf(options: JoinOptions): Promise<JoinAsk> {
  const { name, wgPublicKey, wgPort, port, addresses, secondary } = options
  const { role } = options.token
  const csr = await createCsr(options.keys, name ?? options.token.name ?? 'host')
  return {
    csr,
    ...(name === undefined ? {} : { name }),
    role,
    wgPublicKey,
    wgPort,
    port,
    addresses,
    ...(secondary === undefined ? {} : { secondary }),
  }
}

/** Nothing is sent before this passed: the authority is the token's, and it says that this very key is a host of the mesh. */
function checkServer(hello: JoinHello, serverId: string, options: JoinOptions): void {
  const { token, nowMs } = options
  if (caHashOf(hello.ca) !== token.caHash)
    throw new MeshError('WRONG_MESH', `${serverId} is not of the mesh this token is for`)
  const claims = readCertificate(hello.certificate, hello.ca, nowMs)
  if (claims.meshId !== token.meshId || claims.hostId !== serverId)
    throw new MeshError('WRONG_MESH', `${serverId} shows a certificate that is not its own`)
}

function checkAnswer(answer: JoinAnswer, ca: string, options: JoinOptions): void {
  const claims = readCertificate(answer.certificate, ca, options.nowMs)
  const fits =
    claims.meshId === options.token.meshId &&
    claims.hostId === options.keys.id &&
    claims.wgPublicKey === options.wgPublicKey
  if (!fits || claims.role !== options.token.role)
    throw new MeshError('WRONG_MESH', 'the mesh gave a certificate that is not for this host')
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, RETRY_MS)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
