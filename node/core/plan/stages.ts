import type { NodeName } from '../model/ids.ts'
import type { LabIntent, LabNode } from '../model/lab.ts'
import { STAGES, type Stage, type StageExec, type StageName } from '../model/node-parts.ts'
import type { Workload } from '../model/resource.ts'
import type { BootCommand } from '../model/software.ts'

/** What a node goes through once its container runs, in this order. */
export type StageStep =
  /** Waits until all that this stage waits for is over. */
  | { readonly type: 'enter'; readonly stage: StageName }
  | {
      readonly type: 'run'
      readonly argv: readonly string[]
      readonly target: StageExec['target']
      /** It is run until it says so. */
      readonly until?: BootCommand['until']
    }
  | { readonly type: 'until'; readonly fact: 'linked' | 'healthy' }
  | { readonly type: 'over'; readonly stage: StageName }

/** What is true of a node now. */
export interface NodeFacts {
  readonly linked: boolean
  readonly healthy: boolean
}

/** Whether a stage of another node is over. */
export type IsOver = (node: NodeName, stage: StageName) => boolean

/** One thing a node waits for. */
export type Wait = Stage['waitFor'][number]

/** The steps of a node, as containerlab takes them (core/clab.go, `scheduleNodes`): `exec` comes after `configure`. */
export function stageSteps(node: LabNode): readonly StageStep[] {
  const commands = (stage: StageName, phase: StageExec['phase']): readonly StageStep[] =>
    (node.stages?.[stage]?.exec ?? [])
      .filter((exec) => exec.phase === phase)
      .map(({ argv, target }) => ({ type: 'run', argv, target }))
  const stage = (name: StageName, inside: readonly StageStep[]): readonly StageStep[] => [
    { type: 'enter', stage: name },
    ...commands(name, 'on-enter'),
    ...inside,
    ...commands(name, 'on-exit'),
    { type: 'over', stage: name },
  ]
  return [
    ...commands('create', 'on-exit'),
    { type: 'over', stage: 'create' },
    ...stage('create-links', [{ type: 'until', fact: 'linked' }]),
    ...stage('configure', bootSteps(node)),
    ...node.exec.map((argv): StageStep => ({ type: 'run', argv, target: 'container' })),
    ...stage('healthy', [{ type: 'until', fact: 'healthy' }]),
  ]
}

/** What software of a vendor does before it can be told anything: its image's health check passes, or commands say so. */
const bootSteps = ({ software }: LabNode): readonly StageStep[] => [
  ...(software?.hasHealth === true ? [{ type: 'until', fact: 'healthy' } as const] : []),
  ...(software?.boot ?? []).map(
    ({ argv, until }): StageStep => ({
      type: 'run',
      argv,
      target: 'container',
      ...(until === undefined ? {} : { until }),
    }),
  ),
]

/** Where the links of a node may be made: at the step that waits for them. */
export const linkStep = (steps: readonly StageStep[]): number =>
  steps.findIndex((step) => step.type === 'until' && step.fact === 'linked')

/** What a stage of a node still waits for. */
export const openWaits = (node: LabNode, stage: StageName, isOver: IsOver): readonly Wait[] =>
  (node.stages?.[stage]?.waitFor ?? []).filter((wait) => !isOver(wait.node, wait.stage))

/** How far a node gets from step `from` on, without running anything: the first step that is a command or holds it up. */
export function walk(
  { node, steps, from }: { readonly node: LabNode; readonly steps: readonly StageStep[]; readonly from: number },
  facts: NodeFacts,
  isOver: IsOver,
): number {
  for (let at = from; at < steps.length; at++) {
    const step = steps[at]
    if (step?.type === 'run') return at
    if (step?.type === 'until' && !facts[step.fact]) return at
    if (step?.type === 'enter' && openWaits(node, step.stage, isOver).length > 0) return at
  }
  return steps.length
}

/** The stages a node has behind it at step `at`. */
export const stagesOver = (steps: readonly StageStep[], at: number): readonly StageName[] =>
  steps.slice(0, at).flatMap((step) => (step.type === 'over' ? [step.stage] : []))

/** Whether any node of a lab waits for another: then hosts tell each other how far nodes are. */
export const hasWaits = ({ nodes }: LabIntent): boolean =>
  nodes.some(({ stages }) => STAGES.some((stage) => (stages?.[stage]?.waitFor.length ?? 0) > 0))

/** Whether a node has ended for good, which is its last stage. */
export const hasEnded = ({ restart }: Pick<LabNode, 'restart'>, { state, exitCode }: Workload): boolean =>
  state === 'exited' && (restart === 'no' || (restart === 'on-failure' && exitCode === 0))

/** A healthy node is one whose check passes, or that has none; that of an image counts where the kind says that it tells something. */
export function isHealthy({ healthcheck, software }: LabNode, { health }: Workload): boolean {
  if (health === 'healthy' || healthcheck?.test[0] === 'NONE') return true
  return healthcheck === undefined && (software?.hasHealth !== true || health === undefined)
}

/** What a node waits for at a step because its software has not started, for people; undefined where it is something else. */
export function startText({ software }: LabNode, step: StageStep | undefined): string | undefined {
  if (step?.type === 'until' && step.fact === 'healthy' && software?.hasHealth === true)
    return 'starting: ready when the health check of its image passes'
  if (step?.type !== 'run' || step.until === undefined) return undefined
  return `starting: ready when \`${step.argv.join(' ')}\` prints "${step.until.prints}"`
}

/** For people. */
export const waitText = (node: NodeName, waits: readonly Wait[]): string =>
  `${node} waits for ${waits.map((wait) => `\`${wait.stage}\` of ${wait.node}`).join(', ')}`
