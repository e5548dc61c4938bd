import type { Connection } from '@libp2p/interface'
import type { HostId } from '#core/model/ids.ts'
import type { Transport } from './libp2p.ts'

/** Two hosts may dial each other at once; a second connection later than a dial can take means that the other side has lost the first. */
const SAME_MOMENT_MS = 6000
/** Of one peer at once. */
const MAX_PER_PEER = 4

export interface PeersDeps {
  readonly transport: Transport
  monotonicMs(): number
  /** The first connection to a host, admitted or not. */
  onOpen(host: HostId, connection: Connection): void
  /** The last one has gone. `reason` in words. */
  onGone(host: HostId, reason: string): void
}

/** Connections of each peer. They live and die together: gossipsub learns that a peer went only when the last one closes. */
export interface Peers {
  connectionTo(host: HostId): Connection | undefined
  connectionsTo(host: HostId): Connection[]
  /** Closes all connections to this host now. */
  drop(host: HostId, reason: string): void
  /** Of hosts that are not admitted as well. */
  all(): HostId[]
}

interface Peer {
  readonly connections: Map<Connection, { readonly openedMs: number }>
  reason: string
}

/** Keeps its own books from the transport's events, which come before its lists are up to date. */
export function createPeers(deps: PeersDeps): Peers {
  const peers = new Map<HostId, Peer>()

  const drop = (host: HostId, reason: string): void => {
    const peer = peers.get(host)
    if (peer === undefined) return
    peer.reason ||= reason
    for (const connection of peer.connections.keys()) abort(connection, reason)
  }
  const isStale = (opened: { readonly openedMs: number }): boolean =>
    deps.monotonicMs() - opened.openedMs > SAME_MOMENT_MS

  deps.transport.addEventListener('connection:open', ({ detail: connection }) => {
    const host = connection.remotePeer.toString() as HostId
    const peer: Peer = peers.get(host) ?? { connections: new Map(), reason: '' }
    peers.set(host, peer)
    const isExcess = peer.connections.size >= MAX_PER_PEER || [...peer.connections.values()].some(isStale)
    peer.connections.set(connection, { openedMs: deps.monotonicMs() })
    if (isExcess) setImmediate(() => drop(host, 'the other side had lost the connection'))
    else if (peer.connections.size === 1) deps.onOpen(host, connection)
  })
  deps.transport.addEventListener('connection:close', ({ detail: connection }) => {
    const host = connection.remotePeer.toString() as HostId
    const peer = peers.get(host)
    if (peer === undefined || !peer.connections.delete(connection)) return
    if (peer.connections.size > 0) return drop(host, 'one of its connections was closed')
    peers.delete(host)
    deps.onGone(host, peer.reason || 'the connection was closed')
  })

  return {
    drop,
    connectionsTo: (host) => [...(peers.get(host)?.connections.keys() ?? [])],
    connectionTo: (host) => [...(peers.get(host)?.connections.keys() ?? [])].find(({ status }) => status === 'open'),
    all: () => [...peers.keys()],
  }
}

/** Aborting what is half closed throws in libp2p 3.3; then there is nothing left to abort. */
function abort(connection: Connection, reason: string): void {
  try {
    connection.abort(new Error(reason))
  } catch {
    connection.close({ signal: AbortSignal.timeout(100) }).catch(() => undefined)
  }
}
