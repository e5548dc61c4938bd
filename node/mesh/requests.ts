import type { Connection, Stream } from '@libp2p/interface'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { onBehalfOf, whoAsked } from '#platform/on-behalf.ts'
import { asError, openChannel } from './channel.ts'
import { FrameError } from './frames.ts'
import type { MeshOptions } from './mesh.ts'
import { fromWireError, isObject, toWireError } from './wire-error.ts'

/** One request or answer: 8 MiB of bytes as base64, and what is around them. */
const MAX_REQUEST_BYTES = 12 * 1024 * 1024
/** How long a request may take to arrive, and its answer to leave. */
const TRANSFER_MS = 60_000
/** At once from one peer. */
export const MAX_REQUESTS_PER_PEER = 64

/** Asks one peer, over a stream of its own. Rejects with TIMEOUT, UNREACHABLE, or what the other side threw. */
export async function sendRequest(
  connection: Connection,
  ask: {
    readonly protocol: string
    readonly name: string
    readonly body: unknown
    readonly timeoutMs: number
    onProgress(): void
  },
): Promise<unknown> {
  const signal = AbortSignal.timeout(Math.ceil(ask.timeoutMs))
  try {
    const stream = await connection.newStream(ask.protocol, { signal })
    const channel = openChannel(stream, MAX_REQUEST_BYTES, ask.onProgress)
    try {
      const by = whoAsked()
      await channel.write({ name: ask.name, body: ask.body ?? null, ...(by === undefined ? {} : { by }) }, signal)
      return readAnswer(await channel.read(signal))
    } finally {
      void channel.close()
    }
  } catch (error) {
    throw explain(error, signal, connection, ask)
  }
}

function readAnswer(answer: unknown): unknown {
  if (isObject(answer) && 'error' in answer) throw fromWireError(answer.error)
  if (isObject(answer) && 'body' in answer) return answer.body
  throw new FrameError('an answer without body')
}

function explain(
  error: unknown,
  signal: AbortSignal,
  connection: Connection,
  ask: { name: string; timeoutMs: number },
): MeshError {
  if (error instanceof MeshError) return error
  const host = connection.remotePeer.toString()
  if (signal.aborted)
    return new MeshError(
      'TIMEOUT',
      `${host} did not answer \`${ask.name}\` within ${ask.timeoutMs} ms`,
      { host },
      error,
    )
  return new MeshError(
    'UNREACHABLE',
    `${host} could not be asked \`${ask.name}\`: ${asError(error).message}`,
    { host },
    error,
  )
}

/** Answers one request; malformed ones end the stream and are counted. */
export async function answerRequest(
  stream: Stream,
  from: HostId,
  deps: Pick<MeshOptions, 'onRequest' | 'count'> & { onProgress(): void },
): Promise<void> {
  const channel = openChannel(stream, MAX_REQUEST_BYTES, deps.onProgress)
  try {
    const ask = await channel.read(AbortSignal.timeout(TRANSFER_MS))
    if (!isObject(ask) || typeof ask.name !== 'string') throw new FrameError('a request without name')
    const { name, body: asked, by } = ask
    const work = () => deps.onRequest(from, name, asked)
    const answer = await (typeof by === 'string' ? onBehalfOf(by, work) : work()).then(
      (body) => ({ body: body ?? null }),
      (error: unknown) => ({ error: toWireError(error) }),
    )
    await channel.write(answer, AbortSignal.timeout(TRANSFER_MS))
    await channel.close()
  } catch (error) {
    deps.count(error instanceof FrameError ? 'FRAME_MALFORMED' : 'REQUEST_BROKEN')
    channel.abort(asError(error))
  }
}
