import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { didYouMean } from '#core/model/nearest.ts'
import { listAllocations, showValue } from '#core/state/allocations.ts'
import type { CommandValue } from '#core/state/commands.ts'
import type { ReservePool } from '#core/state/reserve-commands.ts'
import type { Mesh } from '#mesh/mesh.ts'
import type { AllocationView, ReservationView, ReserveAsk } from '../port.ts'
import type { Proposals } from './proposals.ts'

export interface AllocationsOptions {
  readonly engine: Engine
  readonly proposals: Pick<Proposals, 'submit'>
  mesh(): Pick<Mesh, 'request'>
}

/** Numbers of the mesh's pools, as people and programs ask for them. */
export class Allocations {
  readonly #options: AllocationsOptions

  constructor(options: AllocationsOptions) {
    this.#options = options
  }

  /** Everything given out: from the log here, or from a core host where this one keeps none. */
  async list(): Promise<readonly AllocationView[]> {
    const { engine, mesh } = this.#options
    if (engine.replica?.state) return allocationsHere(engine)
    const core = engine.leader.host ?? engine.roster?.voters[0]
    if (core === undefined || core === null) throw new MeshError('NO_QUORUM', 'no core host is known')
    return (await mesh().request(core, 'allocations', {}, 10_000)) as AllocationView[]
  }

  /** Reserves numbers for an owner; the same ones where it asks again. Rejects as {@link Proposals.submit}, and with what is wrong. */
  async reserve({ pool, host, owner, count = 1, ttlMs }: ReserveAsk): Promise<ReservationView> {
    this.#mustBeCore('reserve')
    const name = this.#poolName(pool, host)
    const ask = { type: 'reserve', pool: name, owner, count, ttlMs: ttlMs ?? null } as const
    const value = await this.#options.proposals.submit(ask)
    const { values } = value as Extract<CommandValue, { type: 'numbers' }>
    return { pool, ...(host === undefined ? {} : { host }), owner, values: values.map((one) => showValue(name, one)) }
  }

  /** Gives back all that an owner reserved, in every pool; how many numbers that were. */
  async free(owner: string): Promise<number> {
    this.#mustBeCore('free')
    const value = await this.#options.proposals.submit({ type: 'free', owner })
    return (value as Extract<CommandValue, { type: 'freed' }>).count
  }

  #mustBeCore(what: string): void {
    const { engine } = this.#options
    if (engine.replica !== undefined) return
    const cores = (engine.roster?.hosts ?? []).filter((one) => one.state === 'admitted' && one.role === 'core')
    const names = cores.map(({ name }) => name).toSorted()
    const where = names.length === 0 ? 'a core host' : names.join(' or ')
    throw new MeshError('NOT_CORE', `only core hosts ${what} numbers, and this host is none; run it on ${where}`, {
      hosts: names,
    })
  }

  #poolName(pool: ReserveAsk['pool'], host: string | undefined): ReservePool {
    if (pool !== 'port' && host === undefined) return pool
    if (pool !== 'port') throw new MeshError('BAD_INPUT', `pool ${pool} is one for the whole mesh; leave the host out`)
    if (host === undefined) throw new MeshError('BAD_INPUT', 'each host has ports of its own; name the host')
    return `port/${this.#hostId(host)}`
  }

  #hostId(name: string): HostId {
    const hosts = (this.#options.engine.roster?.hosts ?? []).filter((one) => one.state === 'admitted')
    const id = hosts.find((one) => one.name === name)?.id
    if (id !== undefined) return id
    const near = didYouMean(
      name,
      hosts.map((one) => one.name),
    )
    throw new MeshError('NOT_FOUND', `no host of this mesh is called ${name}.${near}`, { host: name })
  }
}

/** What the log on this host holds; rejects where it keeps none. */
export const allocationsHere = (engine: Engine): readonly AllocationView[] => {
  const state = engine.replica?.state
  if (state === null || state === undefined) throw new MeshError('NOT_FOUND', 'this host does not keep the log')
  return listAllocations(state)
}
