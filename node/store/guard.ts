import { writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Guard } from './raft-log.ts'

/** Bytes of the number and of its bitwise complement, which tells a torn one. */
const NUMBER_BYTES = 8

/**
 * A number in a file of its own. LevelDB leaves out the damaged end of its journal without a word; then a vote or an entry
 * that others count on is gone, and this number, being higher than the database's, tells. It is written after the database
 * and not synced, so it is never ahead without cause, and costs no second sync.
 */
export const openGuard = async (path: string): Promise<Guard & { close(): Promise<void> }> => {
  const file = await open(path, 'a+', 0o600).then(async (made) => {
    await made.close()
    return open(path, 'r+')
  })
  return {
    read: async () => {
      const bytes = Buffer.alloc(2 * NUMBER_BYTES)
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
      const number = bytes.readBigUInt64BE(0)
      const isWhole = bytesRead === bytes.length && BigInt.asUintN(64, ~number) === bytes.readBigUInt64BE(NUMBER_BYTES)
      return isWhole ? Number(number) : 0
    },
    note: async (sequence) => {
      const bytes = Buffer.alloc(2 * NUMBER_BYTES)
      bytes.writeBigUInt64BE(BigInt(sequence), 0)
      bytes.writeBigUInt64BE(BigInt.asUintN(64, ~BigInt(sequence)), NUMBER_BYTES)
      // Into the page cache: less work than to hand it to a thread, and every write of the log waits for it.
      writeSync(file.fd, bytes, 0, bytes.length, 0)
    },
    close: () => file.close(),
  }
}
