import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'

/** UDP sockets of one port, on all networks of this host. */
export interface Datagrams {
  /** Best effort: what cannot be sent is lost like any packet. */
  send(bytes: Uint8Array, to: Remote): void
  close(): void
}

/** Where a datagram came from or goes. */
export interface Remote {
  readonly address: string
  readonly port: number
}

/**
 * Opens `port` for IPv4 and, where the kernel has it, IPv6. The kernel picks the way by the address, as it does for WireGuard's packets. Rejects
 * with the error of bind(2).
 */
export async function openDatagrams(
  port: number,
  onMessage: (bytes: Uint8Array, from: Remote) => void,
): Promise<Datagrams> {
  const ipv4 = await bind('udp4', port, onMessage)
  // A kernel without IPv6 refuses; then there are no IPv6 addresses to probe either.
  const ipv6 = await bind('udp6', port, onMessage).catch(() => undefined)
  return {
    send: (bytes, { address, port: to }) => (isIPv6(address) ? ipv6 : ipv4)?.send(bytes, to, address, () => undefined),
    close: () => {
      ipv4.close()
      ipv6?.close()
    },
  }
}

function bind(
  type: 'udp4' | 'udp6',
  port: number,
  onMessage: (bytes: Uint8Array, from: Remote) => void,
): Promise<Socket> {
  const socket = createSocket({ type, ipv6Only: type === 'udp6' })
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  socket.once('error', reject)
  socket.bind(port, () => {
    socket.off('error', reject)
    // Errors of single packets come here; the packet is lost, the socket goes on.
    socket.on('error', () => undefined)
    socket.on('message', (bytes: Buffer, { address, port: from }: RemoteInfo) =>
      onMessage(bytes, { address, port: from }),
    )
    resolve(socket)
  })
  return promise
}
