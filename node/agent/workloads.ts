import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId, LabName, NodeName } from '#core/model/ids.ts'
import { own } from '#core/model/own.ts'
import type { Resource, Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import type { ExecResult } from './port.ts'
import { nameOf } from './quorum.ts'

export interface WorkloadsOptions {
  readonly engine: Engine
  execIn(containerId: string, argv: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>
  request(host: HostId, body: unknown, timeoutMs: number): Promise<unknown>
}

/** 10 minutes: a command in a lab node ends, or is given up. */
const EXEC_TIMEOUT_MS = 600_000

/** Commands in lab nodes, here or on the host that runs them. */
export class Workloads {
  readonly #options: WorkloadsOptions
  #seen = new Map<string, Workload>()

  constructor(options: WorkloadsOptions) {
    this.#options = options
  }

  /** What the last look at the host found. */
  saw(seen: readonly Resource[]): void {
    this.#seen = new Map(
      seen.filter((resource) => resource.kind === 'workload').map((workload) => [workload.id, workload]),
    )
  }

  /** Lab nodes that were on this host at the last look, running or not. */
  here(): readonly { readonly lab: string; readonly node: string }[] {
    return [...this.#seen.values()].map(({ lab, node }) => ({ lab, node }))
  }

  async exec(lab: string, node: string, argv: readonly string[]): Promise<ExecResult> {
    const { engine } = this.#options
    const active = engine.active.get(lab)
    if (active === undefined) throw new MeshError('NOT_FOUND', `there is no running lab named ${lab}`)
    const host = own(active.assignment.hosts, node as NodeName)
    if (host === undefined) {
      const names = active.intent.nodes.filter((other) => other.kind !== 'bridge').map((other) => other.name)
      throw new MeshError('NOT_FOUND', `lab ${lab} has no node ${node} that runs; it has ${names.join(', ')}`)
    }
    if (host === engine.self) return this.execHere(lab, node, argv)
    return (await this.#options.request(host, { lab, node, argv }, EXEC_TIMEOUT_MS)) as ExecResult
  }

  async execHere(lab: string, node: string, argv: readonly string[]): Promise<ExecResult> {
    const { engine, execIn } = this.#options
    const workload = this.#seen.get(workloadId(lab as LabName, node as NodeName))
    const host = nameOf(engine, engine.self)
    if (workload?.state !== 'running' || workload.containerId === undefined)
      throw new MeshError('NOT_FOUND', `node ${node} of lab ${lab} is not running on ${host} now`)
    return { ...(await execIn(workload.containerId, argv)), host }
  }
}
