import type { Connection, Stream } from '@libp2p/interface'
import type { HostId } from '#core/model/ids.ts'
import type { SignedRecord } from '#core/model/record.ts'
import { encodeRecord } from '#core/record/encode.ts'
import { validateGossip } from './gossip-validator.ts'
import type { Transport } from './libp2p.ts'
import type { MeshOptions } from './mesh.ts'

/** Up to so many hosts a record is sent to all at once; beyond it gossip alone spreads it, at a fraction of the cost. */
const FLOOD_HOSTS = 5

/** Gossip of records on the mesh's one topic. */
export interface Pubsub {
  /** Call once the transport has started. */
  start(): void
  publish(record: SignedRecord): void
  /** Whether gossip goes both ways over these connections of a host: a stream in each direction, and it has told us that it listens. */
  isAlive(host: HostId, connections: readonly Connection[]): boolean
}

/** What the implementation takes beyond its published interface (gossipsub 17, `PublishOpts`). */
interface Publisher {
  publish(topic: string, data: Uint8Array, options?: { readonly floodPublish: boolean }): Promise<unknown>
}

/** Records only; each is judged once, before it is passed on. */
export function createPubsub(
  transport: Transport,
  topic: string,
  options: Pick<MeshOptions, 'onRecord' | 'count' | 'roster' | 'log'>,
): Pubsub {
  const { pubsub } = transport.services
  const publisher: Publisher = pubsub
  pubsub.topicValidators.set(topic, (peer, message) => validateGossip(message.data, peer.toString() as HostId, options))
  return {
    start: () => pubsub.subscribe(topic),
    isAlive: (host, connections) => {
      const streams = connections.flatMap((connection) => connection.streams).filter(isGossip)
      const directions = new Set(streams.map(({ direction }) => direction))
      return directions.size === 2 && pubsub.getSubscribers(topic).some((peer) => peer.toString() === host)
    },
    publish: (record) => {
      const floodPublish = options.roster().length <= FLOOD_HOSTS
      publisher.publish(topic, encodeRecord(record), { floodPublish }).catch((error: unknown) => {
        options.count('PUBLISH_FAILED')
        options.log.debug({ error, kind: record.kind }, 'publish failed')
      })
    },
  }
}

const isGossip = (stream: Stream): boolean => stream.status === 'open' && stream.protocol.startsWith('/meshsub/')
