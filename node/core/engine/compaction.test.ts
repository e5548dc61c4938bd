import { describe, expect, test } from 'vitest'
import type { HostId } from '../model/ids.ts'
import { apply, initialState, type State } from '../state/machine.ts'
import { Compaction } from './compaction.ts'

const first = {
  id: 'hostA' as HostId,
  name: 'a',
  role: 'core' as const,
  addresses: ['10.0.0.1'],
  port: 4801,
  wgPublicKey: 'k',
  wgPort: 51820,
}
const empty = initialState({ meshId: 'm', first, nowMs: 0 })

/** The state after entry `index`, a new number each. */
const next = (state: State, index: number): State =>
  apply(
    state,
    { index, term: 1 },
    {
      type: 'reserve',
      requestId: `r${index}`,
      nowMs: 0,
      pool: 'vni',
      owner: `o${index}`,
      count: 1,
      ttlMs: null,
    },
  ).state

/** The entries snapshots are of, when the log grows to `to` in batches of `batch`, and where the log was then. */
const snapshots = (
  to: number,
  { batch, change }: { batch: number; change: boolean },
): (readonly [number, number])[] => {
  const compaction = new Compaction(0, empty)
  const made: (readonly [number, number])[] = []
  let state = empty
  for (let index = 1; index <= to; index++) {
    if (change) state = next(state, index)
    const mark = index % batch === 0 ? compaction.next(index, state) : undefined
    if (mark !== undefined) made.push([mark.index, index])
  }
  return made
}

describe('compaction', () => {
  test.each([1, 7, 256, 300])('keeps some hundred entries before the end of the log, in batches of %i', (batch) => {
    const made = snapshots(5_000, { batch, change: false })
    expect(made.length).toBeGreaterThan(3)
    for (const [of, at] of made) {
      expect(at - of).toBeGreaterThanOrEqual(256)
      expect(at - of).toBeLessThan(256 + 2 * 300)
    }
  })

  test('the more there is, the rarer it is written: a thing is written a few times at most for each entry', () => {
    const made = snapshots(20_000, { batch: 10, change: true })
    const written = made.reduce((sum, [of]) => sum + 2 * of, 0)
    expect(made.length).toBeGreaterThan(3)
    expect(written).toBeLessThan(4 * 20_000)
  })

  test('goes on counting from the snapshot it starts with', () => {
    const compaction = new Compaction(1_000, empty)
    expect(compaction.next(1_400, empty)).toBeUndefined()
    expect(compaction.next(1_700, empty)).toEqual({ index: 1_400, state: empty })
    expect(compaction.next(1_701, empty)).toBeUndefined()
  })

  test('gives the state as it was after that entry', () => {
    const compaction = new Compaction(0, empty)
    const then = next(empty, 1)
    compaction.next(300, then)
    expect(compaction.next(600, next(then, 2))?.state).toBe(then)
  })
})
