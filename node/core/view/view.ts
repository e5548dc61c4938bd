import { endImpairments } from '../impairment/ends.ts'
import type { HostId, NodeName } from '../model/ids.ts'
import type { LabState, Link, LinkState, SegmentAssignment } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { pathMtuBytes } from '../placement/mtu.ts'
import { macsOf } from '../plan/end-mac.ts'
import { endpointView } from './end-view.ts'
import { type Finding, firstFinding, linkFindings } from './link-truth.ts'
import { type NodeTruth, nodeTruth } from './node-truth.ts'
import { seenTunnels } from './seen.ts'
import { hostName, type LabView, type LabViewInput, type LinkView, type NodeView } from './types.ts'

export type { LabView, LabViewInput } from './types.ts'

/** What is true of a lab as far as it was read back: nothing is up because it was asked for. */
export function labView(given: LabViewInput): LabView {
  const macs = given.assignment && macsOf(given.intent, given.assignment)
  const input = { ...given, impaired: endImpairments(given.intent), ...(macs === undefined ? {} : { macs }) }
  const truths = new Map(input.intent.nodes.map((node) => [node.name, nodeTruth(node, input)]))
  const links = input.intent.links.map((link) => linkView(link, input, truths))
  return {
    name: input.intent.name,
    state: labState(input, [...truths.values()], links),
    generation: input.generation,
    ...(input.changedAtMs === undefined ? {} : { changedAtMs: input.changedAtMs }),
    nodes: input.intent.nodes.flatMap((node) => truths.get(node.name)?.view ?? []),
    links,
    ...(input.waiting === undefined ? {} : { waiting: input.waiting }),
    notes: notes(input),
  }
}

function linkView(link: Link, input: LabViewInput, truths: ReadonlyMap<NodeName, NodeTruth>): LinkView {
  const given = input.assignment && own(input.assignment.segments, link.segment)
  const findings = linkFindings(link, input, truths)
  const first = firstFinding(findings)
  const tunnels = seenTunnels(link, input)
  return {
    id: link.id,
    state: linkState(findings),
    endpoints: link.endpoints.map((end) => endpointView(end, link, input)),
    ...(link.impairments === undefined ? {} : { impairments: link.impairments }),
    vni: given?.vni ?? null,
    mtu: given?.mtuBytes ?? link.mtuBytes ?? null,
    ...pathMtu(given, input),
    ...(tunnels.length === 0 ? {} : { tunnels }),
    ...('message' in first ? { error: first.message } : {}),
    ...('doing' in first ? { doing: first.doing } : {}),
  }
}

/** None where all ends are on one host, or nobody tells what networks carry. */
function pathMtu(given: SegmentAssignment | undefined, { underlayMtu }: LabViewInput): { pathMtu?: number } {
  if (given === undefined || given.vni === null || underlayMtu === undefined) return {}
  return { pathMtu: pathMtuBytes(Object.keys(given.vlans) as HostId[], underlayMtu) }
}

function linkState(findings: readonly Finding[]): LinkState {
  const has = (type: Finding['type']): boolean => findings.some((finding) => finding.type === type)
  if (has('lost') || has('error')) return 'error'
  if (has('creating')) return 'creating'
  if (!has('pending')) return has('down') ? 'down' : 'up'
  return has('right') || has('down') ? 'creating' : 'pending'
}

/** Before all has settled a lab is `creating`; then `up`, or as much of it as there is. */
function labState(input: LabViewInput, truths: readonly NodeTruth[], links: readonly LinkView[]): LabState {
  if (input.isDeleted) return 'down'
  if (!input.assignment) return 'pending'
  const nodes = truths.filter(({ view }) => view.kind !== 'bridge')
  const isWorking = ({ view, isReady }: NodeTruth): boolean =>
    isReady && (view.state === 'running' || view.state === 'exited')
  const isFailed = (state: NodeView['state'] | LinkState): boolean => state === 'error' || state === 'stopped'
  if (nodes.every(isWorking) && links.every(({ state }) => state === 'up' || state === 'down')) return 'up'
  const isUnsettled =
    nodes.some((node) => !isWorking(node) && !isFailed(node.view.state)) ||
    links.some(({ state }) => state === 'pending' || state === 'creating')
  if (isUnsettled) return 'creating'
  return nodes.some(isWorking) ? 'degraded' : 'error'
}

const notes = (input: LabViewInput): readonly string[] =>
  [...input.statuses]
    .flatMap(([host, status]) => status.notes.map((note) => `${hostName(input, host)}: ${note}`))
    .sort()
