import type { Stream } from '@libp2p/interface'
import { encodeFrame, FrameError, frameDecoder, fromJsonBytes, toJsonBytes } from './frames.ts'

/** Frames read but not yet taken; beyond it the stream is paused, and the sender with it. */
const MAX_WAITING_FRAMES = 32
/** Bytes handed to the muxer at once. */
const CHUNK_BYTES = 64 * 1024
/** How long a closing stream may take to send what is left. */
const CLOSE_MS = 30_000

/** Length-prefixed JSON over one stream, one read at a time. */
export interface Channel {
  /** Waits while the other end is slow. Rejects where the stream is closed or the signal fires. */
  write(value: unknown, signal: AbortSignal): Promise<void>
  /** The next frame. Rejects where the stream ends, breaks its limits, or the signal fires. */
  read(signal: AbortSignal): Promise<unknown>
  /** The same for a frame that is no JSON. */
  writeBytes(bytes: Uint8Array, signal: AbortSignal): Promise<void>
  readBytes(signal: AbortSignal): Promise<Uint8Array>
  /** Calls once, when nothing more can come: the other end closed, broke its limits or went away. */
  onEnd(callback: () => void): void
  /** Sends what is left and ends; the other end reads to the end. Never rejects. */
  close(): Promise<void>
  abort(reason: Error): void
}

interface Waiter {
  resolve(frame: Uint8Array): void
  reject(error: Error): void
}

/**
 * Frames of at most `maxBytes` over this stream; a stream that breaks the limit is aborted. `onProgress` is called whenever the other side
 * sent or took bytes: it is there, however long its other answers wait behind them.
 */
export function openChannel(stream: Stream, maxBytes: number, onProgress?: () => void): Channel {
  const decode = frameDecoder(maxBytes)
  const frames: Uint8Array[] = []
  let waiter: Waiter | undefined
  let ended: Error | undefined
  const endings: (() => void)[] = []

  const end = (error: Error): void => {
    const isFirst = ended === undefined
    ended ??= error
    waiter?.reject(ended)
    waiter = undefined
    if (isFirst) for (const callback of endings) callback()
  }
  const deliver = (frame: Uint8Array): void => {
    if (waiter === undefined) frames.push(frame)
    else waiter.resolve(frame)
    waiter = undefined
  }
  stream.addEventListener('drain', () => onProgress?.())
  stream.addEventListener('message', (event) => {
    onProgress?.()
    try {
      for (const frame of decode(event.data.subarray())) deliver(frame)
      if (frames.length > MAX_WAITING_FRAMES) stream.pause()
    } catch (error) {
      stream.abort(error instanceof Error ? error : new FrameError(String(error)))
    }
  })
  stream.addEventListener('close', (event) => end(event.error ?? new Error('the stream was closed')))
  stream.addEventListener('end', () => end(new Error('the stream ended')))

  if (stream.status !== 'open' && stream.readBufferLength === 0) end(new Error('the stream was closed'))

  const next = (signal: AbortSignal): Promise<Uint8Array> => {
    const frame = frames.shift()
    if (frames.length === 0 && stream.readStatus === 'paused') stream.resume()
    if (frame !== undefined) return Promise.resolve(frame)
    if (ended !== undefined) return Promise.reject(ended)
    return new Promise((resolve, reject) => {
      waiter = settleOnce(signal, { resolve, reject })
    })
  }

  return {
    write: (value, signal) => writeFrame(stream, toJsonBytes(value), signal),
    read: async (signal) => fromJsonBytes(await next(signal)),
    writeBytes: (bytes, signal) => writeFrame(stream, bytes, signal),
    readBytes: next,
    onEnd: (callback) => {
      if (ended === undefined) endings.push(callback)
      else callback()
    },
    close: () =>
      stream.close({ signal: AbortSignal.timeout(CLOSE_MS) }).catch((error: unknown) => stream.abort(asError(error))),
    abort: (reason) => stream.abort(reason),
  }
}

/** Writes one frame in pieces, waiting whenever the stream is full. */
export async function writeFrame(stream: Stream, payload: Uint8Array, signal: AbortSignal): Promise<void> {
  const frame = encodeFrame(payload)
  for (let at = 0; at < frame.length; at += CHUNK_BYTES) {
    signal.throwIfAborted()
    if (!stream.send(frame.subarray(at, at + CHUNK_BYTES))) await drained(stream, signal)
  }
}

/**
 * Waits until the stream takes more. Not by its own `onDrain`, which waits the first time only: it keeps the promise that was fulfilled then
 * (@libp2p/utils 7.4.1), and whoever writes on fills the memory.
 */
function drained(stream: Stream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => (): void => {
      stream.removeEventListener('drain', onDrain)
      stream.removeEventListener('close', onClose)
      signal.removeEventListener('abort', onAbort)
      then()
    }
    // What waited in the stream goes first, in a microtask, and may fill it again.
    const onDrain = (): void => queueMicrotask(() => (stream.writableNeedsDrain ? undefined : settle(resolve)()))
    const onClose = settle(() => reject(new Error('the stream was closed')))
    const onAbort = settle(() => reject(asError(signal.reason)))
    stream.addEventListener('drain', onDrain)
    stream.addEventListener('close', onClose, { once: true })
    signal.addEventListener('abort', onAbort, { once: true })
    if (stream.status !== 'open') onClose()
    else if (signal.aborted) onAbort()
    else if (!stream.writableNeedsDrain) settle(resolve)()
  })
}

/** What was thrown, as an error. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

function settleOnce(signal: AbortSignal, waiter: Waiter): Waiter {
  const onAbort = (): void => waiter.reject(asError(signal.reason))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  const settle =
    <T>(then: (value: T) => void) =>
    (value: T): void => {
      signal.removeEventListener('abort', onAbort)
      then(value)
    }
  return { resolve: settle(waiter.resolve), reject: settle(waiter.reject) }
}
