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
    publish: (record) => {
      const floodPublish = options.roster().length <= FLOOD_HOSTS
      publisher.publish(topic, encodeRecord(record), { floodPublish }).catch((error: unknown) => {
        options.count('PUBLISH_FAILED')
        options.log.debug({ error, kind: record.kind }, 'publish failed')
      })
    },
  }
}
