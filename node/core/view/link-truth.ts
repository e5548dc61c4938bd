import { mayBeDown } from '../impairment/ends.ts'
import { type EndpointKey, endpointKey, type HostId, type NodeName } from '../model/ids.ts'
import type { EndStatus, Link, SegmentAssignment, VtepStatus } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { sameMembers } from '../plan/same.ts'
import { type NodeTruth, report } from './node-truth.ts'
import { hostName, type LabViewInput } from './types.ts'

/** One thing looked at on the way of a link. */
export type Finding =
  | { readonly type: 'right' }
  /** Nothing was told yet. */
  | { readonly type: 'pending' }
  | { readonly type: 'creating'; readonly doing?: string }
  /** Without carrier, as somebody asked for: also where a node has ended for good. */
  | { readonly type: 'down' }
  /** The first thing wrong there, in words, and what is being done about it; `lost`: nobody is there to do anything. */
  | { readonly type: 'lost' | 'error'; readonly message: string; readonly doing?: string }

const RIGHT: Finding = { type: 'right' }
const CREATING: Finding = { type: 'creating' }
const PENDING: Finding = { type: 'pending' }
const DOWN: Finding = { type: 'down' }
const wrong = (message: string, { doing }: { readonly doing?: string } = {}): Finding => ({
  type: 'error',
  message,
  ...(doing === undefined ? {} : { doing }),
})
const creating = (where: string, { doing }: { readonly doing?: string }): Finding =>
  doing === undefined ? CREATING : { type: 'creating', doing: `${where}: ${doing}` }

/** The first finding that matters for a link: a host that is not there, what is wrong, what is being made. */
export const firstFinding = (findings: readonly Finding[]): Finding =>
  findings.find(({ type }) => type === 'lost') ??
  findings.find(({ type }) => type === 'error') ??
  findings.find((finding) => finding.type === 'creating' && finding.doing !== undefined) ??
  RIGHT

/** Every end of a link, and the tunnel end of each of their hosts where the link crosses hosts. It is up when all are right. */
export function linkFindings(
  link: Link,
  input: LabViewInput,
  truths: ReadonlyMap<NodeName, NodeTruth>,
): readonly Finding[] {
  const ends = link.endpoints.filter(({ node }) => truths.get(node)?.view.kind !== 'bridge')
  const given = input.assignment && own(input.assignment.segments, link.segment)
  if (!given) return [PENDING]
  const hosts = new Set<HostId>()
  const findings = ends.map((end): Finding => {
    const host = input.assignment && own(input.assignment.hosts, end.node)
    if (host === undefined) return PENDING
    hosts.add(host)
    return endFinding(endpointKey(end.node, end.interface), { input, link, given, host, truth: truths.get(end.node) })
  })
  // The interfaces of a node that ended went with it, as they were meant to.
  if (ends.some(({ node }) => truths.get(node)?.view.state === 'exited'))
    return [...findings.filter(({ type }) => type === 'lost'), DOWN]
  if (given.vni === null) return findings
  return [...findings, ...[...hosts].map((host) => vtepFinding({ input, link, given, host }))]
}

interface Place {
  readonly input: LabViewInput
  readonly link: Link
  readonly given: SegmentAssignment
  readonly host: HostId
}

function endFinding(key: EndpointKey, place: Place & { readonly truth: NodeTruth | undefined }): Finding {
  const { input, host, truth } = place
  const told = report(host, input)
  if (told.type === 'lost') return told
  if (told.type !== 'told') return told.type === 'silent' ? PENDING : CREATING
  const name = hostName(input, host)
  const view = truth?.view
  const end = told.status.ends.find(({ endpoint }) => endpoint === key)
  if (view?.state === 'error' || view?.state === 'stopped')
    return wrong(`node ${view.name} on ${name} ${view.state === 'error' ? 'cannot be started' : 'is stopped'}`, end)
  if (!end) return CREATING
  const where = `${key} on ${name}`
  const mayRest = mayBeDown(input.impaired?.get(key))
  const why = endProblem(end, {
    ...numbersOf(place),
    mac: input.macs?.get(key) ?? macOf(key, input),
    mayRest,
    isInner: isInner(place.link),
  })
  if (why !== undefined) return wrong(`${where}: ${why}`, end)
  const isPlugged = end.vlan !== undefined || isInner(place.link)
  if (end.doing !== undefined || !isPlugged || end.mtuBytes === undefined) return creating(where, end)
  return mayRest && !end.carrier ? DOWN : RIGHT
}

const isInner = ({ device }: Link): boolean => device?.type === 'dummy' || device?.type === 'macvlan'

/** A child of an interface of the host has its parent's MTU; what is in the management network has the numbers of that. */
function numbersOf({ link, given, host, input }: Place): Pick<Assigned, 'vlan' | 'mtuBytes'> {
  const mgmt = input.assignment?.mgmt
  const asked = link.mtuBytes
  if (link.device?.type === 'mgmt-net')
    return { vlan: own(mgmt?.hosts ?? {}, host)?.vlan, mtuBytes: asked ?? mgmt?.mtuBytes }
  return { vlan: own(given.vlans, host), mtuBytes: link.device?.type === 'macvlan' ? asked : given.mtuBytes }
}

const macOf = (key: EndpointKey, { assignment }: LabViewInput): string | undefined =>
  assignment && own(assignment.macs, key)

interface Assigned {
  readonly vlan: number | undefined
  /** Undefined where any will do. */
  readonly mtuBytes: number | undefined
  readonly mac: string | undefined
  /** To be without carrier is asked for. */
  readonly mayRest: boolean
  /** It is a device in a node: that has no port. */
  readonly isInner: boolean
}

/** The first thing read that is not as assigned; what was not there to read is not wrong yet. */
function endProblem(end: EndStatus, { vlan, mtuBytes, mac, mayRest, isInner }: Assigned): string | undefined {
  if (end.error !== undefined) return end.error
  if (end.vlan !== undefined && end.vlan !== vlan) return `VLAN tag is ${end.vlan}, ${vlan} is assigned`
  if (end.mtuBytes !== undefined && mtuBytes !== undefined && end.mtuBytes !== mtuBytes)
    return `MTU is ${end.mtuBytes}, ${mtuBytes} is assigned`
  if (end.mac !== undefined && mac !== undefined && end.mac.toLowerCase() !== mac.toLowerCase())
    return `MAC address is ${end.mac}, ${mac} is assigned`
  const isComplete = (end.vlan !== undefined || isInner) && end.mtuBytes !== undefined
  return isComplete && !end.carrier && !mayRest ? 'no carrier' : undefined
}

function vtepFinding(place: Place): Finding {
  const { input, link, host } = place
  const told = report(host, input)
  if (told.type === 'lost') return told
  if (told.type !== 'told') return told.type === 'silent' ? PENDING : CREATING
  const vtep = told.status.vteps.find(({ segment }) => segment === link.segment)
  if (!vtep) return CREATING
  const where = `tunnel of ${link.segment} on ${hostName(input, host)}`
  const why = vtepProblem(vtep, place)
  if (why !== undefined) return wrong(`${where}: ${why}`, vtep)
  const isWhole = vtep.vni !== undefined && vtep.vlan !== undefined && vtep.doing === undefined
  return isWhole ? RIGHT : creating(where, vtep)
}

function vtepProblem(vtep: VtepStatus, { input, given, host }: Place): string | undefined {
  if (vtep.error !== undefined) return vtep.error
  const vlan = own(given.vlans, host)
  if (vtep.vni !== undefined && vtep.vni !== given.vni) return `VNI is ${vtep.vni}, ${given.vni} is assigned`
  if (vtep.vlan !== undefined && vtep.vlan !== vlan) return `VLAN tag is ${vtep.vlan}, ${vlan} is assigned`
  if (vtep.mtuBytes !== undefined && vtep.mtuBytes !== given.mtuBytes)
    return `MTU is ${vtep.mtuBytes}, ${given.mtuBytes} is assigned`
  const others = input.roster.filter(
    ({ id, state }) => state === 'admitted' && id !== host && own(given.vlans, id) !== undefined,
  )
  const remotes = others.map(({ overlayAddress }) => overlayAddress).sort()
  if (vtep.vni === undefined || sameMembers(remotes, vtep.remotes)) return undefined
  return `floods to ${vtep.remotes.join(', ') || 'nobody'}, ${remotes.join(', ') || 'nobody'} is assigned`
}
