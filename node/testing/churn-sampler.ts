import { setTimeout as pause } from 'node:timers/promises'
import { type AllocationRow, heldTwice, type Ledger, seenVnis } from './churn-numbers.ts'
import type { Testbed } from './testbed.ts'

/** Between two looks at all hosts. */
const EVERY_MS = 3_000

/**
 * Looks again and again at what each host says is given out and at what its kernel has, and puts all of it in the ledger. Hosts that are off
 * or do not answer are passed over. Rejects at once where one answer shows a value of two owners.
 */
export const startSampler = async (bed: Testbed, ledger: Ledger, isOver: () => boolean): Promise<void> => {
  while (!isOver()) {
    await Promise.all(bed.hosts.map((host) => look(bed, host, ledger)))
    await pause(EVERY_MS)
  }
}

const look = async (bed: Testbed, host: string, ledger: Ledger): Promise<void> => {
  const [rows, vnis] = await Promise.all([given(bed, host).catch(() => []), seenVnis(bed, host).catch(() => [])])
  const twice = heldTwice(rows)
  if (twice.length > 0) throw new Error(`${host} says: ${twice.join('; ')}`)
  ledger.note(rows)
  // A device belongs to the whole mesh, not to the host that has an end of it.
  ledger.note(vnis.map(({ pool, value, owner }) => ({ pool, value, owner })))
}

const given = async (bed: Testbed, host: string): Promise<readonly AllocationRow[]> => {
  const command = { socket: '/run/skein/skein.sock', method: 'GET', path: '/v1/allocations', timeoutMs: 5_000 } as const
  return JSON.parse((await bed.exec(host).run(command)).stdout) as readonly AllocationRow[]
}
