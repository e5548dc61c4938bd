import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId, LabName, NodeName } from '#core/model/ids.ts'
import type { Resource, Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { ExecHow, ExecResult } from '../port.ts'
import { hostOfNode } from './node-host.ts'

export interface WorkloadsOptions {
  readonly engine: Engine
  execIn(
    containerId: string,
    argv: readonly string[],
    stdin?: Uint8Array,
  ): Promise<{ exitCode: number; stdout: string; stderr: string }>
  request(host: HostId, name: 'exec' | 'exec-input', body: unknown, timeoutMs: number): Promise<unknown>
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

  /** One of them, by its resource id. */
  of(id: string): Workload | undefined {
    return this.#seen.get(id)
  }

  /** The first process of a lab node that runs here: the door to its namespaces. */
  pidOf(lab: string, node: string): number | undefined {
    const workload = this.#seen.get(workloadId(lab as LabName, node as NodeName))
    return workload?.state === 'running' ? workload.pid : undefined
  }

  /** Lab nodes that were on this host at the last look, running or not. */
  here(): readonly { readonly lab: string; readonly node: string }[] {
    return [...this.#seen.values()].map(({ lab, node }) => ({ lab, node }))
  }

  async exec(lab: string, node: string, argv: readonly string[], { stdin }: ExecHow = {}): Promise<ExecResult> {
    const { engine, request } = this.#options
    const host = hostOfNode(engine, { lab, node })
    if (host === engine.self) return this.execHere(lab, node, argv, { ...(stdin === undefined ? {} : { stdin }) })
    const ask = { lab, node, argv }
    if (stdin === undefined) return (await request(host, 'exec', ask, EXEC_TIMEOUT_MS)) as ExecResult
    // By another name: who does not know it would leave the input out.
    const stdinBase64 = Buffer.from(stdin).toString('base64')
    return (await request(host, 'exec-input', { ...ask, stdinBase64 }, EXEC_TIMEOUT_MS)) as ExecResult
  }

  async execHere(lab: string, node: string, argv: readonly string[], { stdin }: ExecHow = {}): Promise<ExecResult> {
    const { engine, execIn } = this.#options
    const workload = this.#seen.get(workloadId(lab as LabName, node as NodeName))
    const host = nameOf(engine, engine.self)
    if (workload?.state !== 'running' || workload.containerId === undefined)
      throw new MeshError('NOT_FOUND', `node ${node} of lab ${lab} is not running on ${host} now`)
    return { ...(await execIn(workload.containerId, argv, stdin)), host }
  }
}
