import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Clock } from '#platform/clock.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { HostWays, PeerPathsView } from '../port.ts'

export interface WaysOptions {
  readonly engine: Engine
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** How this host reaches each other one, as it is now. */
  paths(): Promise<readonly PeerPathsView[]>
  /** By name of the peer, milliseconds. */
  roundTripsMs(): ReadonlyMap<string, number>
  /** Of this host's certificate of the mesh. */
  readonly certificateEndMs: number
  request(host: HostId, name: 'ways', body: unknown, timeoutMs: number): Promise<unknown>
}

/** People wait for it with the matrix before them; a host that does not answer by then is shown as such. */
const REQUEST_MS = 3_000
/** Many tabs that look at the matrix ask each host once in this time. */
const FRESH_MS = 1_500

const Path = z.object({
  path: z.enum(['primary', 'secondary']),
  address: z.string(),
  condition: z.enum(['not probed', 'unknown', 'good', 'degraded', 'lost']).catch('unknown'),
  rttMs: z.number().nullable(),
  loss: z.number().nullable(),
})
const Told = z.object({
  certificateEndMs: z.number().nullable(),
  ways: z.array(
    z.object({
      name: z.string(),
      inUse: z.enum(['primary', 'secondary', 'elsewhere']).nullable(),
      chosen: z.enum(['primary', 'secondary']).nullable(),
      endpoint: z.string().nullable(),
      handshakeAgeMs: z.number().nullable(),
      paths: z.array(Path),
      roundTripMs: z.number().nullable(),
    }),
  ),
})

/** How every host reaches every other one: each is asked, for nobody else can tell. */
export class Ways {
  readonly #options: WaysOptions
  readonly #everywhere: () => Promise<readonly HostWays[]>
  readonly #here: () => Promise<Omit<HostWays, 'host'>>

  constructor(options: WaysOptions) {
    this.#options = options
    this.#everywhere = fresh(options.clock, () => this.#askAll())
    this.#here = fresh(options.clock, () => this.#look())
  }

  /** In the order of names; what was asked a moment ago is answered again. */
  everywhere(): Promise<readonly HostWays[]> {
    return this.#everywhere()
  }

  /** Of this host alone, likewise. */
  here(): Promise<Omit<HostWays, 'host'>> {
    return this.#here()
  }

  async #look(): Promise<Omit<HostWays, 'host'>> {
    const { paths, roundTripsMs, certificateEndMs } = this.#options
    const trips = roundTripsMs()
    const ways = (await paths()).map((path) => ({ ...path, roundTripMs: trips.get(path.name) ?? null }))
    return { certificateEndMs, ways }
  }

  async #askAll(): Promise<readonly HostWays[]> {
    const hosts = (this.#options.engine.roster?.hosts ?? []).filter(({ state }) => state === 'admitted')
    const answers = await Promise.all(hosts.map(({ id }) => this.#of(id)))
    return answers.toSorted((a, b) => (a.host < b.host ? -1 : 1))
  }

  async #of(id: HostId): Promise<HostWays> {
    const { engine, request } = this.#options
    const host = nameOf(engine, id)
    try {
      if (id === engine.self) return { host, ...(await this.here()) }
      return { host, ...Told.parse(await request(id, 'ways', {}, REQUEST_MS)) }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { host, certificateEndMs: null, ways: [], unreachable: why.replaceAll(id, host) }
    }
  }
}

/** `ask`, but for what was asked less than a moment ago. */
function fresh<T>(clock: Pick<Clock, 'monotonicMs'>, ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly atMs: number; readonly answer: Promise<T> } | undefined
  return () => {
    const nowMs = clock.monotonicMs()
    if (last === undefined || nowMs - last.atMs > FRESH_MS) last = { atMs: nowMs, answer: ask() }
    return last.answer
  }
}
