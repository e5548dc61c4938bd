/**
 * How fast one host applies commands, whatever is held: `node scripts/bench/state.ts`. One thread, no disk, no network.
 * Prints a row for each number of VNIs held: reserve and free pairs beside them, and a snapshot there and back.
 */
import type { HostId, HostName } from '#core/model/ids.ts'
import type { Command } from '#core/state/commands.ts'
import { apply, initialState, type State } from '#core/state/machine.ts'
import { decodeState, encodeState } from '#core/state/snapshot.ts'

const HELD = [1_000, 50_000, 200_000] as const
const OPERATIONS = 50_000
const ROUNDS = 3

/** Request ids as callers make them: long and in no order. */
const requestId = (index: number): string => `${Math.imul(index, 2_654_435_761) >>> 0}-${index}-7c9e6679f90ae747`

class Log {
  state: State = initialState({
    meshId: 'bench',
    nowMs: 0,
    first: {
      id: 'H1' as HostId,
      name: 'h1' as HostName,
      role: 'core',
      addresses: ['192.0.2.1'],
      port: 4801,
      wgPublicKey: 'key=',
      wgPort: 51_820,
    },
  })
  #index = 0

  do(command: { readonly type: 'free'; readonly owner: string } | Bare): void {
    this.#index += 1
    // Ten commands a millisecond, as in a mesh that is busy.
    const stamp = { requestId: requestId(this.#index), nowMs: Math.floor(this.#index / 10) }
    const { state, result } = apply(this.state, { index: this.#index, term: 1 }, { ...command, ...stamp } as Command)
    if (!result.ok) throw new Error(result.message)
    this.state = state
  }

  reserve(owner: string): void {
    this.do({ type: 'reserve', pool: 'vni', owner, count: 1, ttlMs: null })
  }
}

interface Bare {
  readonly type: 'reserve'
  readonly pool: 'vni'
  readonly owner: string
  readonly count: number
  readonly ttlMs: null
}

/** Operations a second. */
function rate(count: number, run: () => void): number {
  const startMs = performance.now()
  run()
  return Math.round((count * 1000) / (performance.now() - startMs))
}

function bench(held: number): Readonly<Record<string, string | number>> {
  const log = new Log()
  for (let index = 0; index < held; index += 1) log.reserve(`base/${Math.imul(index, 40_503) >>> 0}/${index}`)
  const base = log.state
  const best = { reserve: 0, free: 0 }
  for (let round = 0; round < ROUNDS; round += 1) {
    log.state = base
    const each = (run: (index: number) => void) =>
      rate(OPERATIONS, () => {
        for (let index = 0; index < OPERATIONS; index += 1) run(index)
      })
    best.reserve = Math.max(
      best.reserve,
      each((index) => log.reserve(`new/${round}/${index}`)),
    )
    best.free = Math.max(
      best.free,
      each((index) => log.do({ type: 'free', owner: `new/${round}/${index}` })),
    )
  }
  const startMs = performance.now()
  const text = JSON.stringify(encodeState(base))
  const encodedMs = performance.now()
  decodeState(JSON.parse(text))
  return {
    held,
    'reserve/s': best.reserve,
    'free/s': best.free,
    'snapshot MiB': (text.length / 2 ** 20).toFixed(1),
    'encode ms': Math.round(encodedMs - startMs),
    'decode ms': Math.round(performance.now() - encodedMs),
  }
}

console.table(HELD.map(bench))
