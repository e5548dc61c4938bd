import { WebSocket } from 'ws'
import { connectionFailure } from './client.ts'
import { CommandFailed, type Failure, toldFailure } from './failures.ts'
import { secretsOf } from './remote.ts'
import type { Target } from './target.ts'

/** What the agent tells of a terminal besides its bytes. */
export type Told =
  | { readonly type: 'opened'; readonly session: string; readonly host: string; readonly offset: number }
  | { readonly type: 'size'; readonly cols: number; readonly rows: number }
  | { readonly type: 'taken'; readonly bytes: number }
  | { readonly type: 'exit'; readonly code: number }
  | ({ readonly type: 'error' } & Omit<Failure, 'details'>)

export interface LineEvents {
  /** The next bytes wait until this is done. */
  onBytes(bytes: Uint8Array): Promise<void>
  onTold(told: Told): void
}

/** A connection to a terminal. */
export interface Line {
  send(bytes: Uint8Array): void
  resize(size: { readonly cols: number; readonly rows: number }): void
  close(): void
  /** Resolves once it is closed and all that came is handed on. */
  readonly closed: Promise<void>
}

const OPEN_MS = 30_000

/** Opens the WebSocket at this path of the agent. Rejects with what the agent answers, or why it cannot be reached. */
export async function openLine(target: Target, path: string, events: LineEvents): Promise<Line> {
  const options = { perMessageDeflate: false, handshakeTimeout: OPEN_MS, ...secretsOf(target) }
  const socket = new WebSocket(urlOf(target, path), options)
  const closed = receive(socket, events)
  await opened(socket, target)
  return {
    closed,
    send: (bytes) => socket.send(bytes, { binary: true }, () => {}),
    resize: (size) => socket.send(JSON.stringify({ type: 'resize', ...size }), () => {}),
    close: () => socket.close(),
  }
}

const urlOf = (target: Target, path: string): string =>
  target.type === 'socket' ? `ws+unix://${target.path}:${path}` : `${target.origin.replace(/^http/, 'ws')}${path}`

function opened(socket: WebSocket, target: Target): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.on('error', (error) => reject(connectionFailure(target, error)))
    socket.once('unexpected-response', async (request, response) => {
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      request.destroy()
      reject(refusal(text, response.statusCode))
    })
  })
}

function refusal(text: string, status: number | undefined): CommandFailed {
  try {
    return toldFailure(JSON.parse(text) as Failure)
  } catch {
    const hint = 'Check that --api names a Skein agent of this version.'
    return new CommandFailed({ error: 'INTERNAL', message: `no terminal here: status ${status}`, hint, details: {} }, 1)
  }
}

/** In order, and no faster than the bytes are taken. */
function receive(socket: WebSocket, { onBytes, onTold }: LineEvents): Promise<void> {
  let last: Promise<void> = Promise.resolve()
  let waiting = 0
  const take = async (data: Buffer, isBinary: boolean): Promise<void> => {
    if (isBinary) await onBytes(data)
    else onTold(JSON.parse(data.toString()) as Told)
    waiting -= 1
    if (waiting === 0) socket.resume()
  }
  socket.on('message', (data: Buffer, isBinary) => {
    waiting += 1
    socket.pause()
    last = last.then(() => take(data, isBinary))
  })
  return new Promise((resolve, reject) => {
    socket.once('close', () => last.then(resolve, reject))
  })
}
