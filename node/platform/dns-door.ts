import { createSocket, type RemoteInfo } from 'node:dgram'
import { createServer, isIPv6, Socket } from 'node:net'

/** A DNS server on one address, UDP and TCP. */
export interface DnsDoor {
  close(): Promise<void>
}

export type DnsVia = 'udp' | 'tcp'

export interface DnsDoorOptions {
  readonly address: string
  readonly port: number
  /** Undefined where nothing is to be answered. Never rejects. */
  answer(bytes: Uint8Array, from: string, via: DnsVia): Promise<Uint8Array | undefined>
}

/** Of TCP: more at once, or longer ones, are turned away. RFC 7766 §6.2.3 speaks of seconds. */
const MAX_CONNECTIONS = 64
const IDLE_MS = 5_000
const MAX_MESSAGE_BYTES = 4_096

/** Opens both. Rejects with the error of bind(2); then nothing is left open. */
export async function openDnsDoor(options: DnsDoorOptions): Promise<DnsDoor> {
  const closeUdp = await openUdp(options)
  try {
    const closeTcp = await openTcp(options)
    return { close: async () => void (await Promise.all([closeUdp(), closeTcp()])) }
  } catch (error) {
    await closeUdp()
    throw error
  }
}

async function openUdp({ address, port, answer }: DnsDoorOptions): Promise<() => Promise<void>> {
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', ipv6Only: isIPv6(address) })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('error', reject)
  socket.bind({ port, address, exclusive: true }, resolve)
  await promise
  socket.off('error', reject)
  // Errors of single packets come here; the packet is lost, the socket goes on.
  socket.on('error', () => undefined)
  let isOpen = true
  socket.on('message', (bytes: Buffer, from: RemoteInfo) => {
    void answer(bytes, from.address, 'udp').then((reply) => {
      if (isOpen && reply !== undefined) socket.send(reply, from.port, from.address, () => undefined)
    })
  })
  return () => {
    isOpen = false
    return new Promise((done) => socket.close(() => done()))
  }
}

async function openTcp({ address, port, answer }: DnsDoorOptions): Promise<() => Promise<void>> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.setTimeout(IDLE_MS, () => socket.destroy())
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    onMessages(socket, async (bytes) => {
      const reply = await answer(bytes, socket.remoteAddress ?? '', 'tcp')
      if (reply === undefined) socket.destroy()
      else if (!socket.destroyed) socket.write(framed(reply))
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ port, host: address, exclusive: true, ipv6Only: isIPv6(address) }, resolve)
  await promise
  server.off('error', reject)
  server.on('error', () => undefined)
  return () => {
    for (const socket of open) socket.destroy()
    return new Promise((done) => server.close(() => done()))
  }
}

/** Messages with their length before them, RFC 1035 §4.2.2. One that is too long ends the connection. */
function onMessages(socket: Socket, onMessage: (bytes: Uint8Array) => Promise<void>): void {
  let held: Buffer = Buffer.alloc(0)
  let last = Promise.resolve()
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    while (held.length >= 2) {
      const length = held.readUInt16BE(0)
      if (length > MAX_MESSAGE_BYTES) return void socket.destroy()
      if (held.length < 2 + length) return
      const message = Uint8Array.from(held.subarray(2, 2 + length))
      held = held.subarray(2 + length)
      last = last.then(() => onMessage(message))
    }
  })
}

const framed = (bytes: Uint8Array): Buffer => {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(bytes.length)
  return Buffer.concat([head, bytes])
}

/** Asks another DNS server with the very bytes of a query, and answers with the very bytes of its answer. Rejects where none comes. */
export function askDns(
  server: string,
  bytes: Uint8Array,
  { via, timeoutMs }: { via: DnsVia; timeoutMs: number },
): Promise<Uint8Array> {
  return via === 'udp' ? askUdp(server, bytes, timeoutMs) : askTcp(server, bytes, timeoutMs)
}

const DNS_PORT = 53

function askUdp(server: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4')
  const timer = setTimeout(() => reject(new Error('no answer')), timeoutMs)
  socket.on('error', reject)
  // Connected, so that nobody else can answer.
  socket.connect(DNS_PORT, server, () => {
    socket.on('message', (reply: Buffer) => {
      if (reply.length >= 2 && reply[0] === bytes[0] && reply[1] === bytes[1]) resolve(Uint8Array.from(reply))
    })
    socket.send(bytes)
  })
  return promise.finally(() => {
    clearTimeout(timer)
    socket.close()
  })
}

function askTcp(server: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const socket = new Socket()
  const timer = setTimeout(() => reject(new Error('no answer')), timeoutMs)
  let held: Buffer = Buffer.alloc(0)
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('closed')))
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    if (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0))
      resolve(Uint8Array.from(held.subarray(2, 2 + held.readUInt16BE(0))))
  })
  socket.connect(DNS_PORT, server, () => socket.write(framed(bytes)))
  return promise.finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}
