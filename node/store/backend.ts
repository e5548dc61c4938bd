/** One change; a value of undefined removes the key. */
export type Write = readonly [key: string, value: string | undefined]

/** Sorted text under text, the least a store needs. */
export interface Backend {
  get(key: string): Promise<string | undefined>
  /** In order of keys. */
  entries(prefix: string): Promise<readonly (readonly [key: string, value: string])[]>
  /** All of it or nothing, and on the disk when the promise is fulfilled. */
  write(batch: readonly Write[]): Promise<void>
  close(): Promise<void>
}

/** Files by their digest. */
export interface BlobBackend {
  put(sha256: string, bytes: Uint8Array): Promise<void>
  /** Undefined where there is none. */
  get(sha256: string): Promise<Uint8Array | undefined>
  has(sha256: string): Promise<boolean>
  /** All there are, and when each was put, by the wall clock. */
  list(): Promise<readonly { readonly sha256: string; readonly putMs: number }[]>
  remove(sha256: string): Promise<void>
}
