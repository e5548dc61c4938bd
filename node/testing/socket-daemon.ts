import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What was asked of a daemon. */
export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

interface Answered {
  readonly status: number
  /** Sent as JSON. */
  readonly json: unknown
}

/** The other end of a WebSocket. Small messages only: what a test says. */
export interface DaemonSocket {
  readonly url: string
  /** Texts that came. */
  readonly heard: string[]
  /** Kinds of all frames that came: 1 is a text, 8 a closing, 10 an answer to `ping`. */
  readonly opcodes: number[]
  ping(): void
  onText(take: (text: string) => void): void
  say(message: string | Uint8Array): void
  /** Without a closing word, as LXD does. */
  end(): void
}

export interface SocketDaemon extends AsyncDisposable {
  readonly socket: string
  readonly asked: Asked[]
}

/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** A daemon on a unix socket that answers requests by `answer` and hands out each WebSocket that is opened. */
export const socketDaemon = async (
  answer: (asked: Asked) => Answered | Promise<Answered>,
  onOpen: (socket: DaemonSocket) => void = () => {},
): Promise<SocketDaemon> => {
  const folder = await mkdtemp(join(tmpdir(), 'skein-daemon-'))
  const socket = join(folder, 'sock')
  const asked: Asked[] = []
  const open = new Set<Socket>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = request
    const one = { method, url, headers, body: Buffer.concat(chunks).toString('latin1') }
    asked.push(one)
    const { status, json } = await answer(one)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
  })
  server.on('upgrade', (request: IncomingMessage, wire: Socket) => {
    open.add(wire)
    wire.on('error', () => {})
    const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`).digest('base64')
    const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
    wire.write([...head, `Sec-WebSocket-Accept: ${key}`, '', ''].join('\r\n'))
    onOpen(spoken(request.url ?? '', wire))
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return {
    socket,
    asked,
    [Symbol.asyncDispose]: async () => {
      for (const wire of open) wire.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

const spoken = (url: string, wire: Socket): DaemonSocket => {
  const heard: string[] = []
  const opcodes: number[] = []
  const listeners: ((text: string) => void)[] = []
  wire.on('data', (chunk: Buffer) => {
    for (const { opcode, text } of framesIn(chunk)) {
      opcodes.push(opcode)
      if (opcode !== 1) continue
      heard.push(text)
      for (const take of listeners) take(text)
    }
  })
  return {
    url,
    heard,
    opcodes,
    ping: () => void wire.write(Buffer.from([0x89, 0])),
    onText: (take) => void listeners.push(take),
    say: (message) => void wire.write(frame(message)),
    end: () => void wire.end(),
  }
}

/** Frames of clients are masked (RFC 6455 §5.3). */
const framesIn = (chunk: Buffer): readonly { readonly opcode: number; readonly text: string }[] => {
  const frames: { opcode: number; text: string }[] = []
  for (let rest = chunk; rest.length >= 6; ) {
    const [first = 0, second = 0] = rest
    const length = second & 0x7f
    const mask = rest.subarray(2, 6)
    const payload = rest.subarray(6, 6 + length).map((byte, i) => byte ^ (mask[i % 4] ?? 0))
    frames.push({ opcode: first & 0x0f, text: Buffer.from(payload).toString() })
    rest = rest.subarray(6 + length)
  }
  return frames
}

const frame = (message: string | Uint8Array): Buffer => {
  const payload = Buffer.from(message as Uint8Array)
  const head = typeof message === 'string' ? 0x81 : 0x82
  const size =
    payload.length < 126
      ? [payload.length]
      : [127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((by) => (payload.length >>> by) & 0xff)]
  return Buffer.concat([Buffer.from([head, ...size]), payload])
}
