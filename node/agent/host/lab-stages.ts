import type { Engine } from '#core/engine/engine.ts'
import type { ActiveLab } from '#core/engine/labs.ts'
import { currentStatusOf } from '#core/engine/labs.ts'
import type { NodeName, ResourceId } from '#core/model/ids.ts'
import type { LabNode } from '#core/model/lab.ts'
import { STAGES, type StageName } from '#core/model/node-parts.ts'
import { own } from '#core/model/own.ts'
import type { Op, Resource } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import { hasWaits, type IsOver } from '#core/plan/stages.ts'
import type { PostStart } from './post-start.ts'

export interface LabStagesOptions {
  readonly engine: Engine
  readonly postStart: PostStart
  /** What the last look at this host found. */
  seen(id: ResourceId): Resource | undefined
}

/** How far the nodes of labs are, on this host as seen, on others as they tell; and what may not be done before its turn. */
export class LabStages {
  readonly #options: LabStagesOptions

  constructor(options: LabStagesOptions) {
    this.#options = options
  }

  /** Of the nodes of one lab. What a host told under an earlier assignment says nothing. */
  isOver({ intent, assignment }: ActiveLab): IsOver {
    const { engine } = this.#options
    return (name, stage) => {
      const host = own(assignment.hosts, name)
      if (host === undefined) return false
      if (host === engine.self) return this.#overHere(intent.name, intent.nodes, name).includes(stage)
      const status = currentStatusOf(engine.book, host, intent.name)
      if (status?.index !== assignment.index) return false
      return status.nodes.find((node) => node.name === name)?.stages?.includes(stage) === true
    }
  }

  /** Stages of this host's nodes, for other hosts; none where no node of the lab waits. */
  told(active: ActiveLab): ReadonlyMap<NodeName, readonly StageName[]> {
    const { intent, assignment } = active
    if (!hasWaits(intent)) return new Map()
    const here = intent.nodes.filter((node) => own(assignment.hosts, node.name) === this.#options.engine.self)
    return new Map(here.map((node) => [node.name, this.#overHere(intent.name, intent.nodes, node.name)]))
  }

  /** Whether an op on a node, or on what is put into it, is not before its turn. */
  mayDo(op: Exclude<Op, { type: 'delete' }>): boolean {
    const { engine, postStart } = this.#options
    const resource = op.to
    if (resource.kind !== 'workload' && !('workload' in resource)) return true
    const active = engine.active.get(resource.lab)
    const id = resource.kind === 'workload' ? resource.id : resource.workload
    const node = active?.intent.nodes.find((each) => workloadId(active.intent.name, each.name) === id)
    if (active === undefined || node?.stages === undefined) return true
    if (resource.kind === 'workload') return postStart.mayCreate(resource.lab, node, this.isOver(active))
    const workload = this.#options.seen(id)
    return postStart.mayLink(resource.lab, node, workload?.kind === 'workload' ? workload : undefined)
  }

  /** Whether a node of this host that waited for others need not wait any more. */
  isAnyFreed(): boolean {
    const { engine, postStart } = this.#options
    return [...engine.active.values()].some((active) =>
      active.intent.nodes.some(
        (node) =>
          node.stages !== undefined &&
          own(active.assignment.hosts, node.name) === engine.self &&
          postStart.isFreed(active.intent.name, node, this.isOver(active)),
      ),
    )
  }

  #overHere(lab: ActiveLab['intent']['name'], nodes: readonly LabNode[], name: NodeName): readonly StageName[] {
    const node = nodes.find((each) => each.name === name)
    const workload = this.#options.seen(workloadId(lab, name))
    // A bridge is a segment: there is nothing it goes through.
    if (node === undefined || node.kind === 'bridge') return STAGES
    return workload?.kind === 'workload' ? this.#options.postStart.over(node, workload) : []
  }
}
