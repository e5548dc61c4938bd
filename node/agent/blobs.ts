import { createHash } from 'node:crypto'
import type { HostId } from '#core/model/ids.ts'
import type { Store } from '#store/index.ts'

export interface BlobSources {
  readonly store: Pick<Store, 'getBlob' | 'hasBlob' | 'putBlob'>
  /** Peers to ask, the likeliest first. */
  peers(): readonly HostId[]
  /** The content of a blob from a peer, base64; null where it has none. */
  fetch(peer: HostId, sha256: string): Promise<string | null>
}

/** Bytes by their digest (hex): from this host's store, else from the first peer that has them, and kept then. Undefined where nobody has. */
export async function findBlob({ store, peers, fetch }: BlobSources, sha256: string): Promise<Uint8Array | undefined> {
  if (await store.hasBlob(sha256)) return store.getBlob(sha256)
  for (const peer of peers()) {
    const found = await fetch(peer, sha256).catch(() => null)
    if (found === null) continue
    const bytes = Buffer.from(found, 'base64')
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) continue
    await store.putBlob(sha256, bytes)
    return bytes
  }
  return undefined
}
