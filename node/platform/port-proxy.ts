import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'
import { connect, createServer, type Socket } from 'node:net'

/** A port of this host that leads to another address. */
export interface PortProxy {
  close(): Promise<void>
}

export interface PortProxyOptions {
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
  readonly to: { readonly address: string; readonly port: number }
}

/** On all addresses of this host, of both families where the kernel has both. Rejects with the error of bind(2). */
export const openPortProxy = (options: PortProxyOptions): Promise<PortProxy> =>
  options.protocol === 'tcp' ? openTcp(options) : openUdp(options)

/** More connections at once are turned away. */
const MAX_CONNECTIONS = 1_000

async function openTcp({ port, to }: PortProxyOptions): Promise<PortProxy> {
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ host: to.address, port: to.port, allowHalfOpen: true, noDelay: true })
    const end = (): void => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', end)
      socket.on('close', () => open.delete(socket))
    }
    near.pipe(far)
    far.pipe(near)
  })
  server.maxConnections = MAX_CONNECTIONS
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ port, exclusive: true }, resolve)
  await promise
  server.off('error', reject)
  server.on('error', () => undefined)
  return {
    close: () => {
      for (const socket of open) socket.destroy()
      return new Promise((done) => server.close(() => done()))
    },
  }
}

/** Who asked from one port is answered there, until nothing passed for so long; and so many at once. */
const UDP_IDLE_MS = 60_000
const MAX_UDP_PEERS = 256

async function openUdp({ port, to }: PortProxyOptions): Promise<PortProxy> {
  const doors = [await bindUdp('udp4', port), await bindUdp('udp6', port).catch(() => undefined)]
  const peers = new Map<string, { readonly socket: UdpSocket; timer: NodeJS.Timeout }>()
  const drop = (key: string): void => {
    const peer = peers.get(key)
    if (peer === undefined) return
    clearTimeout(peer.timer)
    peer.socket.close()
    peers.delete(key)
  }
  const keep = (key: string): NodeJS.Timeout => setTimeout(() => drop(key), UDP_IDLE_MS).unref()
  const onMessage = (door: UdpSocket, bytes: Buffer, from: RemoteInfo): void => {
    const key = `${from.address} ${from.port}`
    let peer = peers.get(key)
    if (peer === undefined) {
      if (peers.size >= MAX_UDP_PEERS) return
      const socket = createSocket('udp4')
      socket.on('error', () => undefined)
      socket.on('message', (reply) => door.send(reply, from.port, from.address, () => undefined))
      peer = { socket, timer: keep(key) }
      peers.set(key, peer)
    } else {
      clearTimeout(peer.timer)
      peer.timer = keep(key)
    }
    peer.socket.send(bytes, to.port, to.address, () => undefined)
  }
  for (const door of doors) door?.on('message', (bytes, from) => onMessage(door, bytes, from))
  return {
    close: async () => {
      for (const key of [...peers.keys()]) drop(key)
      await Promise.all(doors.map((door) => door && new Promise<void>((done) => door.close(() => done()))))
    },
  }
}

async function bindUdp(type: 'udp4' | 'udp6', port: number): Promise<UdpSocket> {
  const socket = createSocket({ type, ipv6Only: type === 'udp6' })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('error', reject)
  socket.bind({ port, exclusive: true }, resolve)
  await promise
  socket.off('error', reject)
  socket.on('error', () => undefined)
  return socket
}

/** Whether nobody listens on a port of this host. */
export async function isPortFree(port: number, protocol: 'tcp' | 'udp'): Promise<boolean> {
  try {
    const to = { address: '127.0.0.1', port }
    const proxy = await openPortProxy({ port, protocol, to })
    await proxy.close()
    return true
  } catch {
    return false
  }
}
