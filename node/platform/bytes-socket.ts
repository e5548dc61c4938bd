import { WebSocket } from 'ws'
import { MeshError } from '#core/model/errors.ts'
import { connectionFailure } from './request.ts'

/** A WebSocket of a daemon that carries bytes, read no faster than they are taken. */
export interface BytesSocket {
  /** Binary messages, in order; ends when either side closes. Texts are left out: an empty one ends it. Never throws. */
  readonly messages: AsyncIterable<Uint8Array>
  /** Resolves when it was handed to the kernel, or cannot be any more. */
  send(message: string | Uint8Array): Promise<void>
  close(): void
}

/** Messages read but not taken; beyond it the other end waits. */
const MAX_WAITING = 8
/** Who does not answer a closing word (RFC 6455 §7.1) within this time is left without. */
const CLOSE_MS = 500

/**
 * Opens a WebSocket at a path of a daemon on a unix socket. Rejects with MeshError TOOL_MISSING where nothing answers, TOOL_FAILED where it
 * is refused or does not answer in time.
 */
export async function openBytesSocket(socketPath: string, path: string, openMs: number): Promise<BytesSocket> {
  const socket = new WebSocket(`ws+unix://${socketPath}:${path}`, {
    handshakeTimeout: openMs,
    perMessageDeflate: false,
    // An answer to one that is gone by then would break the connection, and what it said last were lost.
    autoPong: false,
  })
  const messages = messagesOf(socket)
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', (error) => reject(refusal(socketPath, path, error)))
  })
  socket.on('error', () => socket.terminate())
  return {
    messages,
    send: (message) =>
      new Promise((resolve) => {
        if (socket.readyState !== WebSocket.OPEN) resolve()
        else socket.send(message, () => resolve())
      }),
    close: () => {
      socket.close()
      setTimeout(() => socket.terminate(), CLOSE_MS).unref()
    },
  }
}

function refusal(socket: string, path: string, error: Error): MeshError {
  const command = { socket, method: 'GET', path: path.replace(/\?.*/, '') } as const
  return 'code' in error
    ? connectionFailure(command, error)
    : new MeshError('TOOL_FAILED', `${socket} takes no WebSocket: ${error.message}`, {}, error)
}

/** Listens from the start: what comes with the answer is not lost. */
function messagesOf(socket: WebSocket): AsyncIterable<Uint8Array> {
  const waiting: Uint8Array[] = []
  let isOver = false
  let wake = (): void => {}
  const end = (): void => {
    isOver = true
    wake()
  }
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return data.length === 0 ? end() : undefined
    waiting.push(data)
    if (waiting.length >= MAX_WAITING) socket.pause()
    wake()
  })
  socket.once('close', end)
  return (async function* () {
    for (;;) {
      const next = waiting.shift()
      if (waiting.length === 0 && socket.isPaused) socket.resume()
      if (next !== undefined) yield next
      else if (isOver) return
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  })()
}
