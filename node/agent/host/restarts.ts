import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId, LabName, NodeName, ResourceId } from '#core/model/ids.ts'
import { own } from '#core/model/own.ts'
import type { Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { Restarted } from '../port.ts'

export interface RestartsOptions {
  readonly engine: Engine
  /** What the last look at this host found. */
  workload(id: ResourceId): Workload | undefined
  /** Whether something else is done to it now. */
  isHeld(id: ResourceId): boolean
  /** Ends it and starts it again. */
  restart(workload: Workload): Promise<void>
  /** Makes what is of a lab whole again; resolves when nothing more can be done at once, or after a while. */
  mend(lab: LabName): Promise<void>
  request(host: HostId, body: unknown, timeoutMs: number): Promise<unknown>
}

/** What another host asks of this one. */
export const RestartAsk = z.object({ lab: z.string(), node: z.string() })
const Done = z.object({ lab: z.string(), node: z.string(), host: z.string() })

/** A node that takes its time to end, and the links that are plugged in again. */
const REQUEST_MS = 180_000

/** Ends lab nodes and starts them again, with their links, here or on the host that runs them. */
export class Restarts {
  readonly #options: RestartsOptions
  readonly #held = new Set<ResourceId>()

  constructor(options: RestartsOptions) {
    this.#options = options
  }

  /** Whether one is restarted now, so that others leave it alone. */
  isHeld(id: ResourceId): boolean {
    return this.#held.has(id)
  }

  /** Resolves when it runs again and its links were looked after. NOT_FOUND, BUSY, TOOL_FAILED, UNREACHABLE. */
  async restart(lab: string, node: string): Promise<Restarted> {
    const { engine, request } = this.#options
    const active = engine.active.get(lab)
    if (active === undefined) throw new MeshError('NOT_FOUND', `there is no running lab named ${lab}`)
    const host = own(active.assignment.hosts, node as NodeName)
    if (host === undefined) {
      const names = active.intent.nodes.filter((other) => other.kind !== 'bridge').map((other) => other.name)
      throw new MeshError('NOT_FOUND', `lab ${lab} has no node ${node} that runs; it has ${names.join(', ')}`)
    }
    return host === engine.self ? this.here(lab, node) : Done.parse(await request(host, { lab, node }, REQUEST_MS))
  }

  /** The same of a node of this host. */
  async here(lab: string, node: string): Promise<Restarted> {
    const { engine, workload, restart, mend } = this.#options
    const host = nameOf(engine, engine.self)
    const id = workloadId(lab as LabName, node as NodeName)
    const found = workload(id)
    if (found === undefined) throw new MeshError('NOT_FOUND', `node ${node} of lab ${lab} is not on ${host} now`)
    if (this.#held.has(id) || this.#options.isHeld(id))
      throw new MeshError('BUSY', `node ${node} of lab ${lab} is worked on already`)
    this.#held.add(id)
    try {
      await restart(found)
    } finally {
      this.#held.delete(id)
    }
    await mend(lab as LabName)
    return { lab, node, host }
  }
}
