import { randomBytes } from 'node:crypto'
import type { Connection, Stream } from '@libp2p/interface'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { SignedRecord } from '#core/model/record.ts'
import { readCsr } from '#identity/cert.ts'
import { asError, type Channel, openChannel } from './channel.ts'
import { FrameError } from './frames.ts'
import {
  JOIN_STEP_MS,
  type JoinWord,
  MAX_JOIN_BYTES,
  readHello,
  readRecord,
  readWord,
  recordText,
} from './join-messages.ts'
import type { JoinAnswer, MeshOptions } from './mesh.ts'
import { isObject, toWireError } from './wire-error.ts'

/** Wrong proofs for one token until it is refused here, right proof or not. */
const MAX_BAD_PROOFS = 10
/** Tries of one address within a minute. */
const MAX_TRIES_PER_MINUTE = 30
const MINUTE_MS = 60_000
/** A commit, with an election before it. */
const ADMISSION_MS = 30_000

export interface JoinServerDeps {
  readonly options: Pick<MeshOptions, 'identity' | 'meshId' | 'onJoin' | 'onRecord' | 'count'>
  isAdmitted(id: string): boolean
  /** The roster that says that a host was removed; undefined for all others. */
  removal(id: string): SignedRecord | undefined
  monotonicMs(): number
}

/** Answers strangers: those with a token, and members this host has not heard of yet. */
export interface JoinServer {
  /** Whether a conversation with this host is under way; it ends by itself, within seconds. */
  isTalking(id: string): boolean
  /** Never rejects. The connection is closed afterwards: an admitted host comes back as a member. */
  answer(stream: Stream, connection: Connection): Promise<void>
}

/** One per host; counts wrong proofs and tries. */
export function createJoinServer(deps: JoinServerDeps): JoinServer {
  const badProofs = new Map<string, number>()
  const isTooOften = createRate(deps.monotonicMs)

  const join = async (
    word: JoinWord & { type: 'join' },
    connection: Connection,
    nonce: string,
  ): Promise<JoinAnswer> => {
    if ((badProofs.get(word.tokenId) ?? 0) >= MAX_BAD_PROOFS)
      throw new MeshError('TOKEN_INVALID', 'the token is locked: it was tried with wrong proofs too often')
    const hostId = connection.remotePeer.toString() as HostId
    if ((await readCsr(word.ask.csr)) !== hostId)
      throw new MeshError('BAD_INPUT', 'the certificate request is for another key')
    const transcript = {
      meshId: deps.options.meshId,
      tokenId: word.tokenId,
      nonce,
      serverId: deps.options.identity.id,
      joinerId: hostId,
      request: word.ask,
    }
    try {
      const request = { ...word.ask, tokenId: word.tokenId, hostId, transcript, proof: word.proof }
      return await withinLimit(deps.options.onJoin(request, connection.remoteAddr.toString()))
    } catch (error) {
      if (error instanceof MeshError && error.code === 'TOKEN_INVALID')
        badProofs.set(word.tokenId, (badProofs.get(word.tokenId) ?? 0) + 1)
      throw error
    }
  }

  const talk = async (channel: Channel, connection: Connection): Promise<void> => {
    const nonce = randomBytes(32).toString('base64url')
    const { caCertificate: ca, certificate } = deps.options.identity
    await channel.write({ nonce, ca, certificate }, AbortSignal.timeout(JOIN_STEP_MS))
    const word = readWord(await channel.read(AbortSignal.timeout(JOIN_STEP_MS)))
    const answer =
      word.type === 'introduce'
        ? introduce(word, connection, deps)
        : await join(word, connection, nonce).then(
            (given) => ({ answer: { ...given, record: recordText(given.record) } }),
            (error: unknown) => ({ error: toWireError(error) }),
          )
    const failed = 'error' in answer ? answer.error.code : undefined
    deps.options.count(word.type === 'introduce' ? 'INTRODUCED' : `JOIN_${failed ?? 'OK'}`)
    await channel.write(answer, AbortSignal.timeout(JOIN_STEP_MS))
    await channel.close()
  }

  const talking = new Set<string>()
  return {
    isTalking: (id) => talking.has(id),
    answer: async (stream, connection) => {
      const channel = openChannel(stream, MAX_JOIN_BYTES)
      const host = connection.remotePeer.toString()
      talking.add(host)
      try {
        if (isTooOften(connection.remoteAddr.getComponents()[0]?.value ?? '')) throw new Error('too many tries')
        await talk(channel, connection)
        await connection.close({ signal: AbortSignal.timeout(1000) })
      } catch (error) {
        deps.options.count(error instanceof FrameError ? 'FRAME_MALFORMED' : 'JOIN_BROKEN')
        channel.abort(asError(error))
        await connection.close({ signal: AbortSignal.timeout(1000) }).catch(() => undefined)
      } finally {
        talking.delete(host)
      }
    },
  }
}

/**
 * Shows a host that does not know this one the roster that names it. Its side then closes the connection. `roster`: its own, where that
 * says that this host was removed; not judged. Rejects where the stream breaks.
 */
export async function introduceSelf(
  connection: Connection,
  protocol: string,
  roster: Parameters<typeof recordText>[0],
): Promise<{ readonly isAdmitted: boolean; readonly roster?: SignedRecord }> {
  const signal = AbortSignal.timeout(JOIN_STEP_MS)
  const channel = openChannel(await connection.newStream(protocol, { signal }), MAX_JOIN_BYTES)
  readHello(await channel.read(signal))
  await channel.write({ type: 'introduce', record: recordText(roster) }, signal)
  const answer = await channel.read(signal)
  await channel.close()
  if (!isObject(answer)) throw new FrameError('an answer that is none')
  const told = answer.record === undefined ? {} : { roster: readRecord(answer.record) }
  return { isAdmitted: answer.admitted === true, ...told }
}

/** Takes the roster a stranger shows, if it is good; whether that admits the stranger, and to one that was removed, the roster that says so. */
function introduce(
  word: JoinWord & { type: 'introduce' },
  connection: Connection,
  deps: JoinServerDeps,
): { readonly admitted: boolean; readonly record?: string } {
  if (word.record.kind !== 'roster') throw new FrameError('an introduction without roster')
  deps.options.count(`RECORD_${deps.options.onRecord(word.record, 'sync').toUpperCase()}`)
  const host = connection.remotePeer.toString()
  const removal = deps.removal(host)
  return { admitted: deps.isAdmitted(host), ...(removal === undefined ? {} : { record: recordText(removal) }) }
}

/** A stranger's stay is bounded, whatever admission waits for; it may come again with the same key. */
function withinLimit<T>(admission: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new MeshError('TIMEOUT', 'admission took too long; try again with the same token')),
    ADMISSION_MS,
  )
  return Promise.race([admission, promise]).finally(() => clearTimeout(timer))
}

function createRate(monotonicMs: () => number): (address: string) => boolean {
  let windowEndMs = 0
  let tries = new Map<string, number>()
  return (address) => {
    if (monotonicMs() >= windowEndMs) {
      windowEndMs = monotonicMs() + MINUTE_MS
      tries = new Map()
    }
    const count = (tries.get(address) ?? 0) + 1
    tries.set(address, count)
    return count > MAX_TRIES_PER_MINUTE
  }
}
