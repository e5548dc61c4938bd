import { createHash } from 'node:crypto'
import { type GossipSub, gossipsub, StrictNoSign } from '@chainsafe/libp2p-gossipsub'
import { type Identify, identify } from '@libp2p/identify'
import type { ConnectionGater, Ed25519PrivateKey, Libp2p, StreamMiddleware } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import { MAX_RECORD_BYTES } from '#core/model/record.ts'
import { createMuxer } from './muxer.ts'

/** What our libp2p consists of. */
interface Services extends Record<string, unknown> {
  readonly identify: Identify
  readonly ping: Ping
  readonly pubsub: GossipSub
  readonly guard: true
}

export type Transport = Libp2p<Services>

export interface TransportOptions {
  readonly privateKey: Ed25519PrivateKey
  /** Multiaddresses; none for a host that only dials. */
  readonly listen: readonly string[]
  readonly gater: ConnectionGater
  guard(protocol: string): StreamMiddleware | undefined
  readonly topic: string
  readonly seenMs: number
}

/** The largest gossip message: a full batch of lazy requests would be some records at once. */
const MAX_RPC_BYTES = 16 * MAX_RECORD_BYTES
/** Beyond a few hosts each; bursts of joins must not be refused either. */
const CONNECTIONS = {
  maxConnections: 512,
  maxIncomingPendingConnections: 128,
  inboundConnectionThreshold: 64,
  maxParallelDials: 16,
  dialTimeout: 5000,
  addressDialTimeout: 3000,
  inboundUpgradeTimeout: 5000,
  reconnectRetries: 0,
}

/**
 * libp2p as we want it: TCP, Noise, yamux, our own signatures instead of gossipsub's, no liveness of its own (see `prober.ts`) and no
 * redialling (see `keeper.ts`). Not started.
 */
export function createTransport(options: TransportOptions): Promise<Transport> {
  return createLibp2p<Services>({
    start: false,
    privateKey: options.privateKey,
    addresses: { listen: [...options.listen] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [createMuxer()],
    connectionGater: options.gater,
    connectionManager: CONNECTIONS,
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      ping: ping(),
      pubsub: createGossip(options),
      guard: (components: { registrar: MiddlewareStore }) => installGuard(components.registrar, options.guard),
    },
  })
}

function createGossip(options: TransportOptions): ReturnType<typeof gossipsub> {
  return gossipsub({
    globalSignaturePolicy: StrictNoSign,
    msgIdFn: ({ data }) => createHash('sha256').update(data).digest().subarray(0, 20),
    emitSelf: false,
    fallbackToFloodsub: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    allowedTopics: [options.topic],
    seenTTL: options.seenMs,
    maxInboundDataLength: MAX_RPC_BYTES,
    decodeRpcLimits: {
      maxSubscriptions: 16,
      maxMessages: 512,
      maxControlMessages: 512,
      maxIhaveMessageIDs: 5000,
      maxIwantMessageIDs: 5000,
      maxIdontwantMessageIDs: 512,
      maxPeerInfos: 0,
    },
    // Members are admitted one by one: neither sharing an address nor having been stopped for a minute makes one of them bad.
    scoreParams: { IPColocationFactorWeight: 0, behaviourPenaltyWeight: 0 },
  })
}

interface MiddlewareStore {
  getMiddleware(protocol: string): StreamMiddleware[]
}

/**
 * Puts the guard before every protocol, libp2p's own included. A copy is handed out, because connections push their handler onto the list they
 * get (libp2p 3.3).
 */
function installGuard(store: MiddlewareStore, guardOf: TransportOptions['guard']): true {
  const stored = store.getMiddleware.bind(store)
  store.getMiddleware = (protocol) => {
    const guard = guardOf(protocol)
    return guard === undefined ? [...stored(protocol)] : [guard, ...stored(protocol)]
  }
  return true
}
