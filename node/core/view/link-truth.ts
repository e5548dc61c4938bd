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
  | { readonly type: 'creating' }
  /** The first thing wrong there, in words. */
  | { readonly type: 'error'; readonly message: string }

const RIGHT: Finding = { type: 'right' }
const CREATING: Finding = { type: 'creating' }
const PENDING: Finding = { type: 'pending' }
const wrong = (message: string): Finding => ({ type: 'error', message })

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
  const { input, given, host, truth } = place
  const told = report(host, input)
  if (told.type === 'lost') return wrong(told.message)
  if (told.type !== 'told') return told.type === 'silent' ? PENDING : CREATING
  const name = hostName(input, host)
  const view = truth?.view
  if (view?.state === 'error' || view?.state === 'stopped')
    return wrong(`node ${view.name} on ${name}: ${view.error ?? view.state}`)
  const end = told.status.ends.find(({ endpoint }) => endpoint === key)
  if (!end) return CREATING
  const why = endProblem(end, own(given.vlans, host), given.mtuBytes)
  if (why !== undefined) return wrong(`${key} on ${name}: ${why}`)
  return end.vlan === undefined || end.mtuBytes === undefined ? CREATING : RIGHT
}

/** The first thing read that is not as assigned; what was not there to read is not wrong yet. */
function endProblem(end: EndStatus, vlan: number | undefined, mtuBytes: number): string | undefined {
  if (end.error !== undefined) return end.error
  if (end.vlan !== undefined && end.vlan !== vlan) return `VLAN tag is ${end.vlan}, ${vlan} is assigned`
  if (end.mtuBytes !== undefined && end.mtuBytes !== mtuBytes) return `MTU is ${end.mtuBytes}, ${mtuBytes} is assigned`
  const isComplete = end.vlan !== undefined && end.mtuBytes !== undefined
  return isComplete && !end.carrier ? 'no carrier' : undefined
}

function vtepFinding(place: Place): Finding {
  const { input, link, host } = place
  const told = report(host, input)
  if (told.type === 'lost') return wrong(told.message)
  if (told.type !== 'told') return told.type === 'silent' ? PENDING : CREATING
  const vtep = told.status.vteps.find(({ segment }) => segment === link.segment)
  if (!vtep) return CREATING
  const why = vtepProblem(vtep, place)
  if (why !== undefined) return wrong(`tunnel of ${link.segment} on ${hostName(input, host)}: ${why}`)
  return vtep.vni === undefined || vtep.vlan === undefined ? CREATING : RIGHT
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
