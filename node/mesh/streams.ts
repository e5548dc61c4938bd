import type { Connection, Stream } from '@libp2p/interface'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { asError, type Channel, openChannel } from './channel.ts'
import { FrameError, fromJsonBytes, toJsonBytes } from './frames.ts'
import type { MeshOptions, Talk } from './mesh.ts'
import { fromWireError, isObject, toWireError } from './wire-error.ts'

/** What is asked for. */
const MAX_ASK_BYTES = 64 * 1024
/** One piece of the answer; what the source gives at once may be more and is cut. */
const PIECE_BYTES = 64 * 1024
/** How long it may take to ask. */
const ASK_MS = 30_000

/** The first byte of each frame of an answer. */
const PIECE = 0
const END = 1
const ERROR = 2

interface StreamAsk {
  readonly protocol: string
  readonly name: string
  readonly body: unknown
  readonly signal: AbortSignal
  /** What is said while the answer is read. */
  readonly input?: AsyncIterable<Uint8Array>
  onProgress(): void
}

/** Reads the answer of one peer, as fast as it is taken; whoever stops reading ends it on both sides. */
export async function* readStream(connection: Connection, ask: StreamAsk): AsyncGenerator<Uint8Array, void> {
  const { signal } = ask
  const read = new AbortController()
  let channel: Channel | undefined
  let isOver = false
  try {
    const asking = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)])
    const stream = await connection.newStream(ask.protocol, { signal: asking })
    channel = openChannel(stream, PIECE_BYTES + 1, ask.onProgress)
    await channel.write({ name: ask.name, body: ask.body ?? null }, asking)
    if (ask.input !== undefined) void say(channel, ask.input, AbortSignal.any([signal, read.signal]))
    for (;;) {
      const frame = await channel.readBytes(signal)
      const rest = frame.subarray(1)
      if (frame[0] === PIECE) {
        if (rest.length > 0) yield rest
        continue
      }
      isOver = true
      if (frame[0] === END) return
      throw fromWireError(fromJsonBytes(rest))
    }
  } catch (error) {
    if (signal.aborted) return
    throw explain(error, connection, ask.name)
  } finally {
    read.abort()
    if (isOver) void channel?.close()
    else channel?.abort(new Error('nobody reads it any more'))
  }
}

/** Until it is all said, or nobody answers any more: who reads the answer is told why. */
async function say(channel: Channel, input: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  try {
    for await (const message of input) await channel.writeBytes(frame(PIECE, message), signal)
    await channel.writeBytes(frame(END), signal)
  } catch (error) {
    if (!signal.aborted) channel.abort(asError(error))
  }
}

/** What the other side says, until it ends that; ends as well where the stream does. */
async function* heard(channel: Channel, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  try {
    for (;;) {
      const message = await channel.readBytes(signal)
      if (message[0] !== PIECE) return
      yield message.subarray(1)
    }
  } catch {
    // Whoever answers hears of it by its signal.
  }
}

function explain(error: unknown, { remotePeer }: Connection, name: string): MeshError {
  if (error instanceof MeshError) return error
  const host = remotePeer.toString()
  if (asError(error).name === 'UnsupportedProtocolError')
    return new MeshError('BAD_INPUT', `${host} does not know \`${name}\`; its version may be older`, { host }, error)
  return new MeshError(
    'UNREACHABLE',
    `${host} no longer answers \`${name}\`: ${asError(error).message}`,
    { host },
    error,
  )
}

interface Deps extends Pick<MeshOptions, 'count'> {
  /** Undefined where this host gives none. */
  answer(from: HostId, name: string, body: unknown, talk: Talk): AsyncIterable<Uint8Array> | undefined
  onProgress(): void
}

/** Gives one peer what it asks for, until it is done or the peer goes; malformed ones end the stream and are counted. */
export async function answerStream(stream: Stream, from: HostId, deps: Deps): Promise<void> {
  const stop = new AbortController()
  const channel = openChannel(stream, MAX_ASK_BYTES, deps.onProgress)
  channel.onEnd(() => stop.abort(new Error('nobody reads it any more')))
  try {
    const ask = await channel.read(AbortSignal.any([stop.signal, AbortSignal.timeout(ASK_MS)]))
    if (!isObject(ask) || typeof ask.name !== 'string') throw new FrameError('a stream without name')
    const talk: Talk = { input: heard(channel, stop.signal), signal: stop.signal }
    await give(channel, deps.answer(from, ask.name, ask.body, talk), stop.signal)
    await channel.close()
  } catch (error) {
    deps.count(error instanceof FrameError ? 'FRAME_MALFORMED' : 'STREAM_BROKEN')
    channel.abort(asError(error))
  } finally {
    stop.abort()
  }
}

async function give(
  channel: Channel,
  bytes: AsyncIterable<Uint8Array> | undefined,
  signal: AbortSignal,
): Promise<void> {
  let last = frame(END)
  try {
    if (bytes === undefined) throw new MeshError('BAD_INPUT', 'this host gives no streams')
    for await (const chunk of bytes)
      for (let at = 0; at < chunk.length; at += PIECE_BYTES)
        await channel.writeBytes(frame(PIECE, chunk.subarray(at, at + PIECE_BYTES)), signal)
  } catch (error) {
    if (signal.aborted) throw error
    last = frame(ERROR, toJsonBytes(toWireError(error)))
  }
  await channel.writeBytes(last, signal)
}

function frame(type: number, rest: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(rest.length + 1)
  bytes[0] = type
  bytes.set(rest, 1)
  return bytes
}
