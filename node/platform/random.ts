import { randomBytes, randomInt } from 'node:crypto'

/** Where chance comes from, so that tests can take it away. */
export interface Random {
  /** That many unpredictable bytes, fit for keys. */
  bytes(length: number): Uint8Array
  /** A whole number, 0 ≤ n < `limit`; `limit` is at most 2^48 - 1. */
  below(limit: number): number
}

/** The random numbers of this machine's kernel. */
export const systemRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  below: (limit) => randomInt(limit),
}
