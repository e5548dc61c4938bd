import type { LabNode } from '../model/lab.ts'
import { didYouMean } from '../model/nearest.ts'
import { STAGES, type StageName } from '../model/node-parts.ts'
import type { NodeFields } from './fields.ts'
import { quote, type Spot } from './report.ts'
import type { Reader, TextTree } from './tree.ts'

/** Every name under `nodes`; undefined for a node that is itself wrong. */
type KnownNodes = ReadonlyMap<string, LabNode | undefined>

/** A node with what is written of it, for messages that name other nodes. */
export interface Partner {
  readonly name: string
  readonly fields: NodeFields
}

/** Checks what nodes say of other nodes: whose network they share, and what they wait for. */
export function checkPartners(partners: readonly Partner[], nodes: KnownNodes, reader: Reader): void {
  for (const { name, fields } of partners) {
    const mode = fields.networkMode
    if (mode?.type === 'container') checkShared({ name, of: mode.of }, nodes, reader)
    for (const { waitFor } of fields.stages?.values() ?? [])
      for (const wait of waitFor) checkWait({ name, of: wait.node }, nodes, reader)
  }
  const waiting = partners.filter(({ fields }) => (fields.stages?.size ?? 0) > 0)
  if (waiting.length > 0) checkCircles(waiting, reader)
}

interface Pair {
  readonly name: string
  readonly of: TextTree
}

function isUnknown({ name, of }: Pair, nodes: KnownNodes, reader: Reader): boolean {
  if (of.text !== name && nodes.has(of.text)) return false
  const message = (): string => {
    if (of.text === name) return `${quote(name)} names itself here`
    const others = [...nodes.keys()].filter((other) => other !== name)
    return `there is no node ${quote(of.text)}.${didYouMean(of.text, others)}`
  }
  reader.report.error(of.text === name ? 'CONFLICT' : 'UNKNOWN_NODE', of.at, () => message().replace(/\.$/, ''))
  return true
}

function checkShared(pair: Pair, nodes: KnownNodes, reader: Reader): void {
  if (isUnknown(pair, nodes, reader)) return
  const [own, other] = [nodes.get(pair.name), nodes.get(pair.of.text)]
  const problem = other === undefined ? undefined : sharingProblem(other, own)
  if (problem !== undefined) reader.report.error('CONFLICT', pair.of.at, `${quote(pair.of.text)} ${problem}`)
}

const sharingProblem = (other: LabNode, own: LabNode | undefined): string | undefined => {
  if (other.kind !== 'linux') return `is of kind ${quote(other.kind)} and has no network to share`
  if (other.networkMode === 'container') return 'shares the network of another node itself; name that one'
  if (own?.host !== undefined && other.host !== undefined && own.host !== other.host)
    return `is pinned to ${quote(other.host)}, and this node to ${quote(own.host)}; they must be on one host`
  return undefined
}

function checkWait(pair: Pair, nodes: KnownNodes, reader: Reader): void {
  if (isUnknown(pair, nodes, reader)) return
  const other = nodes.get(pair.of.text)
  if (other?.kind === 'bridge') {
    reader.report.error('CONFLICT', pair.of.at, `${quote(pair.of.text)} is a bridge, which goes through no stages`)
  }
}

const stageKey = (node: string, stage: StageName): string => `${node} ${stage}`

interface Step {
  readonly key: string
  readonly at: Spot
  readonly says: string
}

/** What must be over before each stage: the stage before it in its node, and what it waits for. */
function needsOf(partners: readonly Partner[]): ReadonlyMap<string, readonly Step[]> {
  const needs = new Map<string, readonly Step[]>()
  for (const { name, fields } of partners) {
    for (const [index, stage] of STAGES.entries()) {
      const before = STAGES[index - 1]
      const waits = (fields.stages?.get(stage)?.waitFor ?? []).map((wait) => ({
        key: stageKey(wait.node.text, wait.stage),
        at: wait.node.at,
        says: `\`${stage}\` of ${quote(name)} waits for \`${wait.stage}\` of ${quote(wait.node.text)}`,
      }))
      const own = before === undefined ? [] : [{ key: stageKey(name, before), at: waits[0]?.at ?? START, says: '' }]
      needs.set(stageKey(name, stage), [...own, ...waits])
    }
  }
  return needs
}

const START: Spot = { line: 1, column: 1, path: '' }

/** Reports a circle of waiting: nothing in it would ever begin. */
function checkCircles(partners: readonly Partner[], reader: Reader): void {
  const circle = findCircle(needsOf(partners)).filter(({ says }) => says !== '')
  const [first] = circle
  if (first === undefined) return
  const waits = circle.map(({ says }) => says).join(', ')
  reader.report.error('CONFLICT', first.at, `nodes wait for each other in a circle: ${waits}`)
}

/** Takes away what nothing holds up until only circles are left, and follows one round. */
function findCircle(needs: ReadonlyMap<string, readonly Step[]>): readonly Step[] {
  const open = new Map([...needs].map(([key, steps]) => [key, steps.filter((step) => needs.has(step.key)).length]))
  const heldUp = new Map<string, string[]>()
  for (const [key, steps] of needs)
    for (const step of steps) {
      const waiting = heldUp.get(step.key)
      if (waiting === undefined) heldUp.set(step.key, [key])
      else waiting.push(key)
    }
  const free = [...open].flatMap(([key, count]) => (count === 0 ? [key] : []))
  for (let key = free.pop(); key !== undefined; key = free.pop()) {
    open.delete(key)
    for (const waiting of heldUp.get(key) ?? []) {
      const left = (open.get(waiting) ?? 0) - 1
      open.set(waiting, left)
      if (left === 0) free.push(waiting)
    }
  }
  const [start] = open.keys()
  return start === undefined ? [] : roundFrom(start, needs, open)
}

function roundFrom(
  start: string,
  needs: ReadonlyMap<string, readonly Step[]>,
  open: ReadonlyMap<string, number>,
): readonly Step[] {
  const visited = new Map<string, number>()
  const steps: Step[] = []
  for (let key = start; !visited.has(key); ) {
    const next = needs.get(key)?.find((step) => open.has(step.key))
    if (next === undefined) return []
    visited.set(key, visited.size)
    steps.push(next)
    key = next.key
    const at = visited.get(key)
    if (at !== undefined) return steps.slice(at)
  }
  return []
}
