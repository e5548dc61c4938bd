import type { Engine } from '#core/engine/engine.ts'
import type { Loop } from '../loop.ts'

/** What a hand-over may take: one message there and back, and a disk sync on each side. */
const RESIGN_MS = 1_000
const LOOK_MS = 10

/** Lets another voter lead, where this host does, and waits until it does; at most a second, and not at all where nobody else votes. */
export const resign = async (engine: Engine, loop: Pick<Loop, 'dispatch'>): Promise<void> => {
  const isOver = (): boolean => {
    const status = engine.replica?.status
    return status === undefined || (status.role !== 'leader' && status.leader !== null)
  }
  if (isOver() || engine.replica?.status.configuration.voters.length === 1) return
  loop.dispatch({ type: 'resign' })
  for (let leftMs = RESIGN_MS; leftMs > 0 && !isOver(); leftMs -= LOOK_MS)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
}
