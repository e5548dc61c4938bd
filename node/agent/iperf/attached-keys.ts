import { createHash, timingSafeEqual } from 'node:crypto'
import type { Random } from '#platform/random.ts'

const KEY_BYTES = 32

/** A key nobody guesses: 32 bytes, base64url. */
export const newKey = (random: Random): string => Buffer.from(random.bytes(KEY_BYTES)).toString('base64url')

/** SHA-256, hex: all that is kept of a key, or told of it to another host. */
export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex')

/** Whether two of {@link hashKey} are one, after the same time whether they are or not. */
export const isSameHash = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one, 'hex'), Buffer.from(other, 'hex')]
  return a.length === b.length && timingSafeEqual(a, b)
}
