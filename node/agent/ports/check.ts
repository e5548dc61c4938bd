import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { LabIntent } from '#core/model/lab.ts'
import type { PublishedOn } from '#core/model/mgmt.ts'
import { publishedPorts } from '#core/placement/mgmt.ts'
import { isPortFree } from '#platform/port-proxy.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { Published } from './published.ts'

export interface PortCheckOptions {
  readonly engine: Engine
  readonly published: Published
  request(host: HostId, body: unknown, timeoutMs: number): Promise<unknown>
  isFree?: typeof isPortFree
}

const List = z.array(z.object({ port: z.int().min(1).max(65_535), protocol: z.enum(['tcp', 'udp']) })).max(10_000)
type List = z.infer<typeof List>
const Ask = z.object({ ports: List })
const Answer = z.object({ taken: List })

const REQUEST_MS = 5_000

/** Finds out before a lab starts which of the ports it publishes somebody has already. */
export class PortCheck {
  readonly #options: PortCheckOptions

  constructor(options: PortCheckOptions) {
    this.#options = options
  }

  /** Those of these ports of this host that another program listens on. */
  async here(body: unknown): Promise<z.infer<typeof Answer>> {
    const read = Ask.safeParse(body)
    if (!read.success) throw new MeshError('BAD_INPUT', 'malformed request for ports')
    const { published, isFree = isPortFree } = this.#options
    const taken: List = []
    for (const { port, protocol } of read.data.ports)
      if (published.holder(port, protocol) === undefined && !(await isFree(port, protocol)))
        taken.push({ port, protocol })
    return { taken }
  }

  /** Throws PORT_TAKEN with all of them, and who has each. A host that cannot be asked is taken to have all free. */
  async refuseTaken(intent: LabIntent, hosts: Parameters<typeof publishedPorts>[1]): Promise<void> {
    const wanted = publishedPorts(intent, hosts)
    const byHost = [...Map.groupBy(wanted, ({ host }) => host)]
    const found = await Promise.all(byHost.map(([host, ports]) => this.#takenOn(intent.name, host, ports)))
    const reasons = found.flat()
    if (reasons.length === 0) return
    const count = reasons.length === 1 ? 'a port' : `${reasons.length} ports`
    throw new MeshError('PORT_TAKEN', `lab ${intent.name} publishes ${count} that others have; nothing was started`, {
      reasons,
    })
  }

  async #takenOn(lab: string, host: HostId, ports: readonly PublishedOn[]): Promise<readonly string[]> {
    const name = nameOf(this.#options.engine, host)
    const ofLabs = ports.flatMap((port) => {
      const holder = this.#labHolder(lab, port)
      return holder === undefined ? [] : [`port ${port.hostPort}/${port.protocol} on ${name} is published by ${holder}`]
    })
    const asked = ports.map(({ hostPort: port, protocol }) => ({ port, protocol }))
    const { taken } = await this.#ask(host, asked)
    const free = (port: number, protocol: string): boolean =>
      !ports.some(
        (one) => one.hostPort === port && one.protocol === protocol && this.#labHolder(lab, one) !== undefined,
      )
    const ofOthers = taken
      .filter(({ port, protocol }) => free(port, protocol))
      .map(({ port, protocol }) => `port ${port}/${protocol} on ${name} is taken: another program listens on it`)
    return [...ofLabs, ...ofOthers]
  }

  /** Who else was given it, by what the mesh told; the log decides. */
  #labHolder(lab: string, { host, hostPort, protocol }: PublishedOn): string | undefined {
    for (const { assignment } of this.#options.engine.active.values()) {
      const held = assignment.published?.find(
        (other) => other.host === host && other.hostPort === hostPort && other.protocol === protocol,
      )
      if (held !== undefined && assignment.lab !== lab) return `node ${held.node} of lab ${assignment.lab}`
    }
    return undefined
  }

  async #ask(host: HostId, ports: List): Promise<z.infer<typeof Answer>> {
    const { engine, request } = this.#options
    try {
      return host === engine.self
        ? await this.here({ ports })
        : Answer.parse(await request(host, { ports }, REQUEST_MS))
    } catch {
      return { taken: [] }
    }
  }
}
