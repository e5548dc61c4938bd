import type { Socket } from 'node:net'
import { Agent, buildConnector, WebSocket } from 'undici'
import { MeshError } from '#core/model/errors.ts'
import type { SocketCommand } from './exec.ts'
import { timedOut, toolFailed } from './failure.ts'
import { connectionFailure } from './request.ts'

export interface WebSocketOptions {
  /** Text as a string, the rest as bytes. */
  onMessage(message: string | Buffer): void
  /** From the call to the opened connection. */
  readonly openMs: number
  /**
   * True where the other end may be gone before its last words are read, and asks in between whether anybody is there: an answer to one that is gone
   * would break the connection, and what it said last were lost.
   */
  readonly isListener?: boolean
}

/** Who does not answer a closing word (RFC 6455 §7.1) within this time is left without. */
const CLOSE_MS = 500

/** A connection to a daemon, both ways. */
export interface OpenWebSocket {
  send(message: string | Uint8Array): void
  /** Resolves once either side has closed it. */
  readonly closed: Promise<void>
  close(): void
}

/**
 * Opens a WebSocket (RFC 6455) at the path of a daemon on a unix socket. Rejects with MeshError TOOL_MISSING where nothing
 * answers, TOOL_FAILED where it is refused, TIMEOUT.
 */
export const openWebSocket = async (command: SocketCommand, options: WebSocketOptions): Promise<OpenWebSocket> => {
  const connect = buildConnector({ socketPath: command.socket })
  let wire: Socket | undefined
  let failure: unknown
  const dispatcher = new Agent({
    connect: (about, done) =>
      connect(about, (...[error, made]) => {
        wire = made ?? undefined
        if (wire !== undefined && options.isListener === true) dropPongs(wire)
        if (error === null) done(null, made)
        else {
          failure = error
          done(error, null)
        }
      }),
  })
  const socket = new WebSocket(`ws://localhost${command.path}`, { dispatcher })
  socket.binaryType = 'arraybuffer'
  const opened = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  socket.addEventListener('open', () => opened.resolve())
  socket.addEventListener('error', ({ error }: { error: unknown }) => {
    failure ??= error
  })
  socket.addEventListener('close', () => {
    opened.reject(refused(command, failure))
    closed.resolve()
    void dispatcher.destroy()
  })
  socket.addEventListener('message', ({ data }: { data: unknown }) => {
    options.onMessage(data instanceof ArrayBuffer ? Buffer.from(data) : String(data))
  })
  const limit = setTimeout(() => opened.reject(timedOut(command, options.openMs)), options.openMs)
  try {
    await opened.promise
  } catch (error) {
    socket.close()
    throw error
  } finally {
    clearTimeout(limit)
  }
  const close = (): void => {
    socket.close()
    const patience = setTimeout(() => wire?.destroy(), CLOSE_MS)
    void closed.promise.then(() => clearTimeout(patience))
  }
  return { send: (message) => socket.send(message), closed: closed.promise, close }
}

/** First byte of a whole pong frame, RFC 6455 §5.2 and §5.5.3. */
const PONG = 0x8a

const dropPongs = (wire: Socket): void => {
  const write: Socket['write'] = wire.write.bind(wire)
  wire.write = (...words: [Uint8Array | string]): boolean => {
    const [chunk] = words
    return typeof chunk !== 'string' && chunk[0] === PONG ? true : write(...words)
  }
}

/** What lies behind a failed handshake is a chain of causes; the one with a code says what happened. */
const refused = (command: SocketCommand, error: unknown): MeshError => {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ('code' in cause || cause instanceof MeshError) return connectionFailure(command, cause)
  return toolFailed(command, 'it takes no WebSocket here', error)
}
