import type { LabNode } from '#core/model/lab.ts'
import { STAGES, type StageName } from '#core/model/node-parts.ts'
import type { Workload } from '#core/model/resource.ts'
import {
  hasEnded,
  type IsOver,
  isHealthy,
  linkStep,
  openWaits,
  type StageStep,
  stageSteps,
  stagesOver,
  startText,
  waitText,
  walk,
} from '#core/plan/stages.ts'
import { Runs, type RunsOptions } from './runs.ts'

/** What is true around a node now. */
export interface Around {
  /** Its links are all there. */
  readonly linked: boolean
  readonly isOver: IsOver
}

/** How far a node got since its container started. */
interface Place {
  readonly start: string
  readonly at: number
}

const keyOf = (lab: string, node: string): string => `${lab}/${node}`
const startOf = ({ containerId, startedAt }: Workload): string => `${containerId}@${startedAt}`

/**
 * Leads nodes through their stages, once per start of their container: waits for other nodes, and runs their commands, among them `exec`
 * after the links are there. A failing command is told, not fatal. Commands that are changed while the node runs are not run then: what
 * they did before cannot be undone, and doing it twice may do harm.
 */
export class PostStart {
  readonly #runs: Runs
  readonly #places = new Map<string, Place>()

  constructor(options: RunsOptions) {
    this.#runs = new Runs(options)
  }

  /** Whether a node is through with all since its container started; goes on with it where not. */
  isDone(node: LabNode, workload: Workload, { linked, isOver }: Around): boolean {
    const key = keyOf(workload.lab, node.name)
    const start = startOf(workload)
    this.#runs.forget(`enter/${key}`)
    const progress = this.#runs.progress(`exec/${key}`, start)
    if (progress?.isAll === true) return true
    const steps = stageSteps(node)
    const hasCommands = steps.some(({ type }) => type === 'run')
    const before = this.#placeOf(key, start)
    // One without commands is done before that is written down.
    if (this.#runs.isBusy(`exec/${key}`)) return before === steps.length && !hasCommands
    const on = (from: number): number =>
      walk({ node, steps, from }, { linked, healthy: isHealthy(node, workload) }, isOver)
    const at = on(before)
    this.#places.set(key, { start, at })
    const isThrough = at === steps.length
    const end = steps.findIndex((step, index) => index >= at && step.type !== 'run')
    if (isThrough || end !== at) this.#runTo(node, workload, end < 0 ? steps.length : on(end))
    // What was done before this agent started is remembered, also where a node it waited for is gone since.
    else if (progress === undefined && node.stages !== undefined) this.#runs.recall(`exec/${key}`, start)
    if (at > before && node.stages !== undefined) this.#runs.changed()
    return isThrough && !hasCommands
  }

  /** Whether the links of a node may be made: those that run and have stages get them when it is their turn. */
  mayLink(lab: string, node: LabNode, workload: Workload | undefined): boolean {
    if (node.stages === undefined || workload === undefined) return true
    const key = keyOf(lab, node.name)
    const start = startOf(workload)
    if (this.#runs.progress(`exec/${key}`, start)?.isAll === true) return true
    return this.#placeOf(key, start) >= linkStep(stageSteps(node))
  }

  /** Whether the container of a node may be made or started; begins with the commands that come before. */
  mayCreate(lab: string, node: LabNode, isOver: IsOver): boolean {
    if (node.stages === undefined) return true
    if (openWaits(node, 'create', isOver).length > 0) return false
    const commands = commandsOf(node, 'create', 'on-enter')
    if (commands.length === 0) return true
    const key = `enter/${keyOf(lab, node.name)}`
    if (this.#runs.progress(key, 'enter')?.isAll === true) return true
    this.#runs.run({
      key,
      start: 'enter',
      lab,
      node: node.name,
      containerId: '',
      steps: commands,
      isLast: true,
      isFleeting: true,
    })
    return false
  }

  /** The stages a node has behind it; `workload` as it was seen. */
  over(node: LabNode, workload: Workload): readonly StageName[] {
    if (hasEnded(node, workload)) return this.#ended(node, workload) ? STAGES : STAGES.slice(0, -1)
    if (workload.state !== 'running') return []
    const key = keyOf(workload.lab, node.name)
    const start = startOf(workload)
    const steps = stageSteps(node)
    const isAll = this.#runs.progress(`exec/${key}`, start)?.isAll === true
    return stagesOver(steps, isAll ? steps.length : this.#placeOf(key, start))
  }

  /** What commands that failed said, and what nodes wait for. */
  notes(lab: string, nodes: readonly LabNode[], isOver: IsOver): readonly string[] {
    return nodes.flatMap((node) => {
      const key = keyOf(lab, node.name)
      const waits = this.#stageAt(lab, node)
      const open = waits === undefined ? [] : openWaits(node, waits, isOver)
      return [
        ...['enter', 'exec', 'exit'].flatMap((kind) => this.#runs.notes(`${kind}/${key}`)),
        ...(open.length === 0 ? [] : [waitText(node.name, open)]),
      ]
    })
  }

  /** What a node waits for whose container runs and whose software has not started; undefined where that is something else. */
  starting(lab: string, node: LabNode): string | undefined {
    const place = this.#places.get(keyOf(lab, node.name))
    if (node.software === undefined || place === undefined) return undefined
    const [first, ...rest] = stageSteps(node).slice(place.at)
    const end = rest.findIndex(({ type }) => type !== 'run')
    const together = first?.type === 'run' ? [first, ...rest.slice(0, end < 0 ? rest.length : end)] : [first]
    return together.map((step) => startText(node, step)).find((text) => text !== undefined)
  }

  /** Whether a node that was held up by others is so no longer; then a look at the host is due. */
  isFreed(lab: string, node: LabNode, isOver: IsOver): boolean {
    const stage = this.#stageAt(lab, node)
    const waits = stage === undefined ? [] : (node.stages?.[stage]?.waitFor ?? [])
    return stage !== undefined && waits.length > 0 && openWaits(node, stage, isOver).length === 0
  }

  /** The stage a node is to enter next; none where it is in one, or through. */
  #stageAt(lab: string, node: LabNode): StageName | undefined {
    if (node.stages === undefined) return undefined
    const place = this.#places.get(keyOf(lab, node.name))
    if (place === undefined) return 'create'
    if (this.#runs.progress(`exec/${keyOf(lab, node.name)}`, place.start)?.isAll === true) return undefined
    const step = stageSteps(node)[place.at]
    return step?.type === 'enter' ? step.stage : undefined
  }

  #placeOf(key: string, start: string): number {
    const place = this.#places.get(key)
    return place?.start === start ? place.at : 0
  }

  /** Runs the commands that stand before step `to` and were not run yet. */
  #runTo(node: LabNode, workload: Workload, to: number): void {
    const key = keyOf(workload.lab, node.name)
    const start = startOf(workload)
    const steps = stageSteps(node)
    this.#runs.run({
      key: `exec/${key}`,
      start,
      lab: workload.lab,
      node: node.name,
      containerId: workload.containerId ?? '',
      steps: steps.slice(0, to).filter((step) => step.type === 'run'),
      isLast: to === steps.length,
      done: () => this.#places.set(key, { start, at: to }),
    })
  }

  /** Whether all that is to be done when a node has ended is done; begins with it where not. */
  #ended(node: LabNode, workload: Workload): boolean {
    const commands = [...commandsOf(node, 'exit', 'on-enter'), ...commandsOf(node, 'exit', 'on-exit')]
    if (commands.length === 0) return true
    const key = `exit/${keyOf(workload.lab, node.name)}`
    const start = startOf(workload)
    if (this.#runs.progress(key, start)?.isAll === true) return true
    this.#runs.run({ key, start, lab: workload.lab, node: node.name, containerId: '', steps: commands, isLast: true })
    return false
  }
}

const commandsOf = (
  { stages }: LabNode,
  stage: StageName,
  phase: 'on-enter' | 'on-exit',
): readonly Extract<StageStep, { type: 'run' }>[] =>
  (stages?.[stage]?.exec ?? [])
    .filter((exec) => exec.phase === phase)
    .map(({ argv, target }) => ({ type: 'run', argv, target }))
