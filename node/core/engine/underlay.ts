import type { HostId } from '../model/ids.ts'
import type { HeartbeatBody } from '../model/record.ts'
import { LEAST_UNDERLAY_MTU_BYTES, UNDERLAY_MTU_BYTES } from '../model/units.ts'
import type { UnderlayMtu } from '../placement/mtu.ts'
import type { Book } from './book.ts'

/** What the network of a host carries, in bytes, by its last heartbeat; undefined where it was not heard. */
export const underlayMtus =
  (book: Pick<Book, 'get'>): UnderlayMtu =>
  (host: HostId) => {
    const beat = book.get('heartbeat', host)?.body as HeartbeatBody | undefined
    return beat && Math.max(LEAST_UNDERLAY_MTU_BYTES, beat.mtu ?? UNDERLAY_MTU_BYTES)
  }
