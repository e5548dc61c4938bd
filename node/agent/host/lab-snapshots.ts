import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId, NodeName } from '#core/model/ids.ts'
import { own } from '#core/model/own.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { LabSnapshot, SnapshotOutcome, SnapshotWish } from '../port.ts'
import { message } from './look.ts'
import { type HostSnapshots, MAX_SNAPSHOTS, type SnapshotAsk, type SnapshotDone } from './snapshots.ts'

export interface LabSnapshotsOptions {
  readonly engine: Engine
  readonly here: Pick<HostSnapshots, 'list' | 'carryOut'>
  request(host: HostId, what: 'snapshot' | 'snapshots', body: unknown, timeoutMs: number): Promise<unknown>
}

/** Copying what nodes wrote takes as long as there is of it. */
const CHANGE_MS = 620_000
const LIST_MS = 30_000

const Listed = z.array(
  z.object({ node: z.string(), name: z.string(), createdMs: z.number(), sizeBytes: z.number().nullable() }),
)
const Done = z.array(z.object({ node: z.string(), ok: z.boolean(), message: z.string().nullable() }))

interface Found extends LabSnapshot {
  readonly at: HostId
}

/** Snapshots of the nodes of a lab, on whichever hosts these are. */
export class LabSnapshots {
  readonly #options: LabSnapshotsOptions

  constructor(options: LabSnapshotsOptions) {
    this.#options = options
  }

  /** By name, then node. NOT_FOUND where no such lab runs; UNREACHABLE where a host of it cannot be asked. */
  async list(lab: string): Promise<readonly LabSnapshot[]> {
    const found = await this.#all(lab)
    return found
      .map(({ at: _, ...rest }) => rest)
      .toSorted((a, b) => compare(a.name, b.name) || compare(a.node, b.node))
  }

  /** NOT_FOUND, SNAPSHOT_EXISTS, SNAPSHOT_LIMIT before anything is begun; then each node is told for itself. */
  async take(lab: string, { name, nodes }: SnapshotWish): Promise<SnapshotOutcome> {
    const places = this.#places(lab, nodes)
    const found = await this.#all(lab)
    const taken = found.filter((one) => one.name === name && places.has(one.node)).map(({ node }) => node)
    if (taken.length > 0)
      throw new MeshError('SNAPSHOT_EXISTS', `snapshot ${name} of lab ${lab} is there already: ${taken.join(', ')}`, {
        nodes: taken,
      })
    const full = [...places.keys()].filter((node) => found.filter((one) => one.node === node).length >= MAX_SNAPSHOTS)
    if (full.length > 0)
      throw new MeshError('SNAPSHOT_LIMIT', `${full.join(', ')} of lab ${lab} has ${MAX_SNAPSHOTS} snapshots already`, {
        nodes: full,
      })
    return this.#everywhere({ verb: 'take', lab, name }, places)
  }

  /** Of the nodes named, else of all that have one of this name. NOT_FOUND where a node has none on the host it is on. */
  async restore(lab: string, { name, nodes }: SnapshotWish): Promise<SnapshotOutcome> {
    const places = this.#places(lab, nodes)
    const found = (await this.#all(lab)).filter((one) => one.name === name)
    const chosen = nodes ?? [...new Set(found.map(({ node }) => node))].filter((node) => places.has(node))
    const faults = chosen.flatMap((node) => this.#restoreFault(node, places.get(node), found) ?? [])
    if (chosen.length === 0) faults.push(`lab ${lab} has no snapshot ${name}`)
    if (faults.length > 0) throw new MeshError('NOT_FOUND', faults.join('; '), { faults })
    const where = new Map([...places].filter(([node]) => chosen.includes(node)))
    return this.#everywhere({ verb: 'restore', lab, name }, where)
  }

  /** Of the nodes named, else of all, on every host that keeps one. NOT_FOUND where there is none. */
  async remove(lab: string, { name, nodes }: SnapshotWish): Promise<SnapshotOutcome> {
    const found = (await this.#all(lab)).filter((one) => one.name === name && nodes?.includes(one.node) !== false)
    const absent = (nodes ?? []).filter((node) => !found.some((one) => one.node === node))
    if (absent.length > 0 || found.length === 0) {
      const of = absent.length > 0 ? absent.map((node) => `node ${node}`).join(', ') : `lab ${lab}`
      throw new MeshError('NOT_FOUND', `there is no snapshot ${name} of ${of}`)
    }
    const places = found.map(({ node, at }) => [node, at] as const)
    return this.#everywhere({ verb: 'remove', lab, name }, places)
  }

  #restoreFault(node: string, host: HostId | undefined, found: readonly Found[]): string | undefined {
    const kept = found.filter((one) => one.node === node)
    if (kept.some(({ at }) => at === host)) return undefined
    const [other] = kept
    if (other === undefined) return `node ${node} has no such snapshot`
    const now = host === undefined ? 'no host' : nameOf(this.#options.engine, host)
    return `node ${node} is on ${now} now, its snapshot on ${other.host}`
  }

  /** The host of each node that is meant. NOT_FOUND where one does not run anywhere. */
  #places(lab: string, nodes: readonly string[] | undefined): ReadonlyMap<string, HostId> {
    const active = this.#options.engine.active.get(lab)
    if (active === undefined) throw new MeshError('NOT_FOUND', `there is no running lab named ${lab}`)
    const { hosts } = active.assignment
    const all = Object.keys(hosts)
    const absent = (nodes ?? []).filter((node) => !all.includes(node))
    if (absent.length > 0)
      throw new MeshError(
        'NOT_FOUND',
        `lab ${lab} has no node ${absent.join(', ')} that runs; it has ${all.toSorted().join(', ')}`,
      )
    return new Map((nodes ?? all).flatMap((node) => withHost(node, own(hosts, node as NodeName))))
  }

  async #all(lab: string): Promise<readonly Found[]> {
    const { engine, here, request } = this.#options
    this.#places(lab, undefined)
    const hosts = (engine.roster?.hosts ?? []).filter(({ state }) => state === 'admitted').map(({ id }) => id)
    const assigned = new Set(Object.values(engine.active.get(lab)?.assignment.hosts ?? {}))
    const lists = hosts.map(async (at): Promise<readonly Found[]> => {
      try {
        const listed =
          at === engine.self ? await here.list(lab) : Listed.parse(await request(at, 'snapshots', { lab }, LIST_MS))
        return listed.map((one) => ({ ...one, host: nameOf(engine, at), at }))
      } catch (error) {
        // A host that has no part of the lab may be away, or of a version that knows no snapshots.
        if (!assigned.has(at)) return []
        throw new MeshError('UNREACHABLE', `${nameOf(engine, at)} cannot be asked: ${message(error)}`, {}, error)
      }
    })
    return (await Promise.all(lists)).flat()
  }

  async #everywhere(
    ask: Omit<SnapshotAsk, 'nodes'>,
    places: Iterable<readonly [string, HostId]>,
  ): Promise<SnapshotOutcome> {
    const { engine } = this.#options
    const byHost = Map.groupBy(places, ([, host]) => host)
    const all = [...byHost].map(async ([host, of]) => {
      const nodes = of.map(([node]) => node)
      return (await this.#on(host, { ...ask, nodes })).map((one) => ({ ...one, host: nameOf(engine, host) }))
    })
    const done = (await Promise.all(all)).flat().toSorted((a, b) => compare(a.node, b.node))
    return { lab: ask.lab, name: ask.name, nodes: done }
  }

  async #on(host: HostId, ask: SnapshotAsk): Promise<readonly SnapshotDone[]> {
    const { engine, here, request } = this.#options
    try {
      return host === engine.self
        ? await here.carryOut(ask)
        : Done.parse(await request(host, 'snapshot', ask, CHANGE_MS))
    } catch (error) {
      return ask.nodes.map((node) => ({ node, ok: false, message: message(error) }))
    }
  }
}

const withHost = (node: string, host: HostId | undefined): readonly (readonly [string, HostId])[] =>
  host === undefined ? [] : [[node, host]]

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
