import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import { mayVote } from '#core/membership/voters.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { didYouMean } from '#core/model/nearest.ts'
import type { RosterEntry } from '#core/model/record.ts'
import { place } from '#core/placement/place.ts'
import { standingOf } from '#core/placement/staying.ts'
import { capacity } from '../planning.ts'
import type { HostDetail } from '../port.ts'
import { capacityView } from '../views.ts'
import type { Proposals } from './proposals.ts'

export interface HostsOptions {
  readonly engine: Engine
  readonly proposals: Pick<Proposals, 'submit'>
  /** Lab nodes on this host. */
  nodesHere(): readonly LabNodeName[]
  /** The same of another host, asked over the mesh. */
  request(host: HostId, name: 'nodes', body: unknown, timeoutMs: number): Promise<unknown>
}

interface LabNodeName {
  readonly lab: string
  readonly node: string
}

/** How long what was committed may take to reach this host. */
const CATCH_UP_MS = 5_000
/** How long a vote may take to go to another host: an election, and three entries of the log. */
const VOTE_MS = 15_000
const ASK_MS = 3_000
const LOOK_MS = 50

const Nodes = z.array(z.object({ lab: z.string(), node: z.string() }))

/** Takes hosts out of use and out of the mesh: the log decides, this only says in which order. */
export class Hosts {
  readonly #options: HostsOptions

  constructor(options: HostsOptions) {
    this.#options = options
  }

  async detail(name: string): Promise<HostDetail> {
    const entry = this.#find(name)
    const { engine } = this.#options
    const votes = voters(engine).includes(entry.id)
    const stuck = votes && entry.drained === true && !otherVoters(engine, entry.id)
    const own = entry.id === engine.self
    const room = capacity(engine).find(({ id }) => id === entry.id)
    return {
      name: entry.name,
      id: entry.id,
      state: own ? 'alive' : (engine.membership.of(entry.id)?.state ?? 'down'),
      role: entry.role,
      drained: entry.drained === true,
      leads: engine.leader.host === entry.id,
      votes,
      ...(stuck ? { voteReason: 'no other core host may vote: all are drained' } : {}),
      ...(room === undefined ? {} : { capacity: capacityView(room) }),
      nodes: await this.#nodesOn(entry),
    }
  }

  async drain(name: string, drained: boolean): Promise<HostDetail> {
    const { id } = this.#find(name)
    await this.#mark(id, drained)
    return this.detail(name)
  }

  /** Takes the vote first, so that a removal never costs the majority; then commits the removal. */
  async remove(name: string, force: boolean): Promise<{ name: string; id: string }> {
    const entry = this.#find(name)
    this.#mayGo(entry)
    const nodes = force ? [] : await this.#nodesOn(entry)
    if (nodes.length > 0) throw inUse(entry, nodes)
    if (entry.role === 'core') await this.#takeVote(entry)
    await this.#settled(
      this.#options.proposals.submit({ type: 'remove-host', id: entry.id }),
      () => this.#entry(entry.id)?.state === 'removed',
    )
    return { name: entry.name, id: entry.id }
  }

  async #takeVote({ id, name, drained }: RosterEntry): Promise<void> {
    if (drained !== true) await this.#mark(id, true)
    const { engine } = this.#options
    if (await until(() => !voters(engine).includes(id) && engine.leader.host !== id, VOTE_MS)) return
    throw new MeshError(
      'HOST_IN_USE',
      `${name} still has a vote that no other host could take within ${VOTE_MS / 1000} s; it is drained now and not removed`,
      { host: name },
    )
  }

  /** Resolves when this host has heard of it as well. */
  async #mark(id: HostId, drained: boolean): Promise<void> {
    await this.#settled(
      this.#options.proposals.submit({ type: 'drain-host', id, drained }),
      () => (this.#entry(id)?.drained === true) === drained,
    )
  }

  /** A host that removes itself may hear of it by the roster only: its connections close before the answer comes. */
  async #settled(answer: Promise<unknown>, isHeard: () => boolean): Promise<void> {
    let isOver = false
    const heard = until(() => isOver || isHeard(), Number.POSITIVE_INFINITY)
    try {
      await Promise.race([answer, heard])
      await until(isHeard, CATCH_UP_MS)
    } finally {
      isOver = true
      answer.catch(() => undefined)
    }
  }

  #mayGo({ id, name, role }: RosterEntry): void {
    const { engine } = this.#options
    const others = hostsOf(engine).filter((other) => other.state === 'admitted' && other.id !== id)
    if (others.length === 0) throw new MeshError('BAD_INPUT', `${name} is the last host of this mesh`, { host: name })
    if (role === 'core' && !otherVoters(engine, id))
      throw new MeshError(
        'BAD_INPUT',
        `${name} is the only core host that is not drained: without it nothing could be decided any more`,
        { host: name },
      )
  }

  async #nodesOn(entry: RosterEntry): Promise<HostDetail['nodes']> {
    const assigned = assignedTo(this.#options.engine, entry)
    const known = new Set(assigned.map(({ lab, node }) => `${lab}/${node}`))
    const seen = (await this.#seenOn(entry.id)).filter(({ lab, node }) => !known.has(`${lab}/${node}`))
    return [...assigned, ...seen.map((one) => ({ ...one, reason: null }))]
  }

  /** What is there by the host's own word; nothing where it cannot be asked. */
  async #seenOn(host: HostId): Promise<readonly LabNodeName[]> {
    const { engine, nodesHere, request } = this.#options
    if (host === engine.self) return nodesHere()
    try {
      return Nodes.parse(await request(host, 'nodes', {}, ASK_MS))
    } catch {
      return []
    }
  }

  #find(name: string): RosterEntry {
    const admitted = hostsOf(this.#options.engine).filter(({ state }) => state === 'admitted')
    const entry = admitted.find((host) => host.name === name)
    if (entry !== undefined) return entry
    const near = didYouMean(
      name,
      admitted.map((host) => host.name),
    )
    throw new MeshError('NOT_FOUND', `no host of this mesh is called ${name}.${near}`, { host: name })
  }

  #entry(id: HostId): RosterEntry | undefined {
    return hostsOf(this.#options.engine).find((host) => host.id === id)
  }
}

const hostsOf = (engine: Engine): readonly RosterEntry[] => engine.roster?.hosts ?? []

/** By the log where this host keeps it, else by the roster. */
const voters = (engine: Engine): readonly HostId[] => {
  const own = engine.replica?.status.configuration.voters ?? []
  return own.length > 0 ? own : (engine.roster?.voters ?? [])
}

const otherVoters = (engine: Engine, id: HostId): boolean =>
  hostsOf(engine).some((host) => host.id !== id && mayVote(host))

/** Lab nodes the log has placed on a host, and why they stay if it is drained. */
const assignedTo = (engine: Engine, { id, drained }: RosterEntry): HostDetail['nodes'] =>
  [...engine.active].flatMap(([lab, { intent, assignment }]) => {
    const nodes = Object.entries(assignment.hosts).filter(([, host]) => host === id)
    if (nodes.length === 0) return []
    const placed =
      drained === true ? place({ intent, hosts: capacity(engine, intent.name), ...standingOf(assignment) }) : undefined
    return nodes.map(([node]) => ({ lab, node, reason: placed === undefined ? null : whyThere(placed, node, id) }))
  })

const whyThere = (placed: ReturnType<typeof place>, node: string, host: HostId): string | null => {
  if (!placed.ok) return placed.problems.map(({ message }) => message).join(' ')
  const hosts: Readonly<Record<string, HostId>> = placed.hosts
  const reasons: Readonly<Record<string, string>> = placed.reasons
  return hosts[node] === host ? (reasons[node] ?? '') : null
}

const inUse = ({ name }: RosterEntry, nodes: HostDetail['nodes']): MeshError =>
  new MeshError(
    'HOST_IN_USE',
    `lab nodes are on ${name}: ${nodes.map(({ lab, node }) => `${node} of ${lab}`).join(', ')}`,
    { host: name, nodes: nodes.map(({ lab, node }) => ({ lab, node })) },
  )

/** Looks again and again until it is so; says whether it was within `limitMs`. */
const until = async (isSo: () => boolean, limitMs: number): Promise<boolean> => {
  const endMs = performance.now() + limitMs
  while (!isSo()) {
    if (performance.now() > endMs) return false
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  return true
}
