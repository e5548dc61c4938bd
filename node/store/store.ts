import { createHash } from 'node:crypto'
import { MeshError } from '#core/model/errors.ts'
import type { Fresh, SignedRecord } from '#core/model/record.ts'
import type { Backend, BlobBackend } from './backend.ts'
import { corrupt, decode, encode } from './codec.ts'
import { feedLog } from './feed-log.ts'
import type { Store } from './index.ts'
import type { CopyBackend } from './log-copies.ts'
import { type Guard, openRaftLog } from './raft-log.ts'

const RECORD = 'record/'
const FRESH = 'fresh/'
const META = 'meta/'
const BOOT = 'boot'

/** Weeks of a host that works, hours of one that does not. */
const FEED_LIMITS = { events: 10_000, bytes: 4 * 1024 * 1024 }

export interface StoreParts {
  readonly backend: Backend
  readonly blobs: BlobBackend
  readonly copies: CopyBackend
  readonly guard: Guard
}

/** A store over any backend. Rejects as `openRaftLog` does. */
export const createStore = async ({ backend, blobs, copies, guard }: StoreParts): Promise<Store> => {
  const raft = await openRaftLog(backend, guard)
  const feed = feedLog(backend, FEED_LIMITS)
  const inOrder = queue()
  const feedInOrder = queue()
  const put = (key: string, value: unknown): Promise<void> => backend.write([[key, encode(key, value)]])
  return {
    loadRaft: () => inOrder(() => raft.load()),
    persistRaft: (...writes) => inOrder(() => raft.persist(writes)),
    copyRaft: (name) =>
      inOrder(async () => {
        if (!/^[A-Za-z0-9-]{1,100}$/.test(name)) throw new MeshError('BAD_INPUT', `${name} is no name of a copy`)
        return copies.put(name, `${JSON.stringify((await raft.load()) ?? null)}\n`)
      }),

    loadRecords: async () => (await backend.entries(RECORD)).map(([key, text]) => decode(key, text) as SignedRecord),
    putRecord: (record) => put(recordKey(record.kind, record.key), record),
    deleteRecord: (kind, key) => backend.write([[recordKey(kind, key), undefined]]),

    nextBoot: () =>
      inOrder(async () => {
        const boot = await readBoot(backend)
        await put(BOOT, boot + 1)
        return boot + 1
      }),
    loadFreshness: async () => {
      const rows = await backend.entries(FRESH)
      return Object.fromEntries(rows.map(([key, text]) => [key.slice(FRESH.length), decode(key, text) as Fresh]))
    },
    putFreshness: (batch) =>
      backend.write(Object.entries(batch).map(([key, fresh]) => [FRESH + key, encode(FRESH + key, fresh)] as const)),

    getMeta: async (key) => {
      const text = await backend.get(META + key)
      return text === undefined ? undefined : decode(META + key, text)
    },
    putMeta: (key, value) => (value === undefined ? backend.write([[META + key, undefined]]) : put(META + key, value)),

    loadEvents: () => feedInOrder(() => feed.load()),
    appendEvents: (...what) => feedInOrder(() => feed.append(...what)),

    ...blobMethods(blobs),
    close: () => feedInOrder(() => inOrder(() => backend.close())),
  }
}

const recordKey = (kind: string, key: string): string => `${RECORD}${kind}/${key}`

const readBoot = async (backend: Backend): Promise<number> => {
  const text = await backend.get(BOOT)
  const boot = text === undefined ? 0 : decode(BOOT, text)
  if (typeof boot !== 'number' || !Number.isSafeInteger(boot)) throw corrupt(BOOT, 'it is no number')
  return boot
}

const blobMethods = (blobs: BlobBackend): Pick<Store, 'putBlob' | 'getBlob' | 'hasBlob' | 'dropBlobs'> => ({
  putBlob: async (sha256, bytes) => {
    checkDigest(sha256)
    const found = digestOf(bytes)
    if (found !== sha256) throw new MeshError('BAD_INPUT', `the content has digest ${found}, not ${sha256}`, { sha256 })
    await blobs.put(sha256, bytes)
  },
  getBlob: async (sha256) => {
    checkDigest(sha256)
    const bytes = await blobs.get(sha256)
    if (bytes === undefined) throw new MeshError('NOT_FOUND', `no content with digest ${sha256} is here`, { sha256 })
    if (digestOf(bytes) !== sha256) throw corrupt(`blobs/${sha256}`, 'its content has another digest')
    return bytes
  },
  hasBlob: async (sha256) => {
    checkDigest(sha256)
    return blobs.has(sha256)
  },
  dropBlobs: async (named, beforeMs) => {
    const old = (await blobs.list()).filter(({ sha256, putMs }) => putMs < beforeMs && !named.has(sha256))
    for (const { sha256 } of old) await blobs.remove(sha256)
    return old.length
  },
})

/** A digest becomes a file name, so nothing else may pass. */
const checkDigest = (sha256: string): void => {
  if (!/^[0-9a-f]{64}$/.test(sha256))
    throw new MeshError('BAD_INPUT', `${JSON.stringify(sha256)} is no SHA-256 digest in hex`)
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Runs work one after the other, in the order of the calls; a failure does not stop what comes after. */
const queue = (): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve()
  let unfinished = 0
  const end = (): void => {
    unfinished--
  }
  return (work) => {
    const done = unfinished === 0 ? work() : last.then(work, work)
    unfinished++
    last = done.then(end, end)
    return done
  }
}
