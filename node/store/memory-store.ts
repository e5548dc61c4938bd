import type { Backend, BlobBackend } from './backend.ts'
import type { Store } from './index.ts'
import { memoryCopies } from './log-copies.ts'
import { createStore } from './store.ts'

/** What a memory store keeps; hand it to a second store to play a restart, change it to play damage. */
export interface MemoryDisk {
  readonly values: Map<string, string>
  readonly blobs: Map<string, Uint8Array>
  /** Copies of the log, JSON by name. */
  readonly copies: Map<string, string>
  /** Number of the last raft write. */
  sequence: number
}

/** An empty disk. */
export const memoryDisk = (): MemoryDisk => ({ values: new Map(), blobs: new Map(), copies: new Map(), sequence: 0 })

/** A store without files, for tests and the simulator; forgets nothing while the disk is kept. */
export const memoryStore = (disk: MemoryDisk = memoryDisk()): Promise<Store> =>
  createStore({
    backend: memoryBackend(disk.values),
    blobs: memoryBlobs(disk.blobs),
    copies: memoryCopies(disk.copies),
    guard: {
      read: async () => disk.sequence,
      note: async (sequence) => {
        disk.sequence = sequence
      },
    },
  })

const memoryBackend = (values: Map<string, string>): Backend => ({
  get: async (key) => values.get(key),
  entries: async (prefix) =>
    [...values].filter(([key]) => key.startsWith(prefix)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  write: async (batch) => {
    for (const [key, value] of batch) {
      if (value === undefined) values.delete(key)
      else values.set(key, value)
    }
  },
  close: async () => undefined,
})

const memoryBlobs = (blobs: Map<string, Uint8Array>): BlobBackend => ({
  put: async (sha256, bytes) => void blobs.set(sha256, new Uint8Array(bytes)),
  get: async (sha256) => blobs.get(sha256),
  has: async (sha256) => blobs.has(sha256),
  // Nothing is dated here: all of it is old.
  list: async () => [...blobs.keys()].map((sha256) => ({ sha256, putMs: 0 })),
  remove: async (sha256) => void blobs.delete(sha256),
})
