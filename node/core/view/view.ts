import { type EndpointKey, endpointKey, type NodeName } from '../model/ids.ts'
import type { Endpoint, LabState, Link, LinkState, NodeState } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { type Finding, linkFindings } from './link-truth.ts'
import { type NodeTruth, nodeTruth } from './node-truth.ts'
import { type EndpointView, hostName, type LabView, type LabViewInput, type LinkView } from './types.ts'

export type { LabView, LabViewInput } from './types.ts'

/** What is true of a lab as far as it was read back: nothing is up because it was asked for. */
export function labView(input: LabViewInput): LabView {
  const truths = new Map(input.intent.nodes.map((node) => [node.name, nodeTruth(node, input)]))
  const links = input.intent.links.map((link) => linkView(link, input, truths))
  return {
    name: input.intent.name,
    state: labState(input, [...truths.values()], links),
    generation: input.generation,
    nodes: input.intent.nodes.flatMap((node) => truths.get(node.name)?.view ?? []),
    links,
    ...(input.waiting === undefined ? {} : { waiting: input.waiting }),
    notes: notes(input),
  }
}

function linkView(link: Link, input: LabViewInput, truths: ReadonlyMap<NodeName, NodeTruth>): LinkView {
  const given = input.assignment && own(input.assignment.segments, link.segment)
  const findings = linkFindings(link, input, truths)
  const wrong = findings.find((finding): finding is Extract<Finding, { type: 'error' }> => finding.type === 'error')
  return {
    id: link.id,
    state: linkState(findings),
    endpoints: link.endpoints.map((end) => endpointView(end, link, input)),
    vni: given?.vni ?? null,
    mtu: given?.mtuBytes ?? link.mtuBytes ?? null,
    ...(wrong === undefined ? {} : { error: wrong.message }),
  }
}

function linkState(findings: readonly Finding[]): LinkState {
  const has = (type: Finding['type']): boolean => findings.some((finding) => finding.type === type)
  if (has('error')) return 'error'
  if (has('creating')) return 'creating'
  if (!has('pending')) return 'up'
  return has('right') ? 'creating' : 'pending'
}

function endpointView(end: Endpoint, link: Link, input: LabViewInput): EndpointView {
  const { assignment } = input
  const host = assignment && own(assignment.hosts, end.node)
  const given = assignment && own(assignment.segments, link.segment)
  const key: EndpointKey = endpointKey(end.node, end.interface)
  const isBridge = input.intent.nodes.some((node) => node.name === end.node && node.kind === 'bridge')
  return {
    node: end.node,
    interface: end.interface,
    host: isBridge ? '' : host === undefined ? null : hostName(input, host),
    mac: (assignment && own(assignment.macs, key)) ?? null,
    ...(end.ipv4 === undefined ? {} : { ipv4: end.ipv4 }),
    ...(end.ipv6 === undefined ? {} : { ipv6: end.ipv6 }),
    vlan: (host !== undefined && given && own(given.vlans, host)) || null,
  }
}

/** Before all has settled a lab is `creating`; then `up`, or as much of it as there is. */
function labState(input: LabViewInput, truths: readonly NodeTruth[], links: readonly LinkView[]): LabState {
  if (input.isDeleted) return 'down'
  if (!input.assignment) return 'pending'
  const nodes = truths.filter(({ view }) => view.kind !== 'bridge')
  const isWorking = ({ view, isReady }: NodeTruth): boolean => view.state === 'running' && isReady
  const isFailed = (state: NodeState | LinkState): boolean => state === 'error' || state === 'stopped'
  if (nodes.every(isWorking) && links.every(({ state }) => state === 'up')) return 'up'
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
