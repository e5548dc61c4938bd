import { endImpairments } from '../impairment/ends.ts'
import {
  type EndpointKey,
  endpointKey,
  type HostId,
  type NodeName,
  type ResourceId,
  type SegmentId,
} from '../model/ids.ts'
import type { Assignment, EndStatus, LabIntent, LabStatus, NodeStatus, VtepStatus } from '../model/lab.ts'
import { MGMT_INTERFACE } from '../model/mgmt.ts'
import type { StageName } from '../model/node-parts.ts'
import { own } from '../model/own.ts'
import type { Nic, Port, Resource, Vtep, Workload } from '../model/resource.ts'
import { nicId, portId, shaperId, vtepId, workloadId } from '../model/resource-ids.ts'
import { firstCause, type HostTruth, type Troubles } from './cause.ts'
import { differs } from './differs.ts'
import { hasEnded } from './stages.ts'

export interface StatusInput {
  readonly self: HostId
  readonly intent: LabIntent
  readonly assignment: Assignment
  readonly wanted: readonly Resource[]
  readonly seen: readonly Resource[]
  /** What went wrong the last time a resource was worked on, by id. */
  readonly failures: ReadonlyMap<ResourceId, string>
  /** What is not as wanted on this host. */
  readonly troubles: Troubles
  /** Whether a nic or vtep, with all it stands on, was whole under this assignment: then what is missing was lost. */
  wasWhole(id: ResourceId): boolean
  /** The name of the host with this overlay address. */
  peerName(overlayAddress: string): string
  /** Nodes whose post-start commands have all been run since their container started. */
  readonly ready: ReadonlySet<NodeName>
  /** How far something is that takes long, by resource: an image on its way. */
  readonly doing?: ReadonlyMap<ResourceId, string>
  /** What nodes wait for whose container runs and whose software has not started. */
  readonly starting?: ReadonlyMap<NodeName, string>
  /** The stages nodes have behind them, for those others may wait for. */
  readonly stages?: ReadonlyMap<NodeName, readonly StageName[]>
  readonly notes: readonly string[]
}

/** What this host sees of its part of a lab: only what was read back counts. */
export const labStatus = (input: StatusInput): LabStatus => {
  const both: Both = { seen: byId(input.seen), wanted: byId(input.wanted) }
  const here = input.intent.nodes.filter(
    (node) => node.kind !== 'bridge' && input.assignment.hosts[node.name] === input.self,
  )
  return {
    lab: input.intent.name,
    intentVersion: input.assignment.intentVersion,
    index: input.assignment.index,
    nodes: here.map((node) => nodeStatus(node.name, input, both)),
    ends: input.intent.segments.flatMap((segment) =>
      segment.endpoints
        .filter((end) => own(input.assignment.hosts, end.node) === input.self)
        .map((end) => endStatus({ endpoint: endpointKey(end.node, end.interface), segment: segment.id }, input, both)),
    ),
    vteps: input.intent.segments.flatMap((segment) => {
      const want = both.wanted.get(vtepId(input.intent.name, segment.id))
      return want?.kind === 'vtep' ? [vtepStatus(want, input, both)] : []
    }),
    ...reachable(
      here.map(({ name }) => name),
      input,
      both,
    ),
    notes: input.notes,
  }
}

/** Nodes that others can reach by name. */
const reachable = (
  here: readonly NodeName[],
  ...[input, { seen, wanted }]: [StatusInput, Both]
): Pick<LabStatus, 'reachable'> => {
  const truth: HostTruth = { wanted, troubles: input.troubles, peerName: input.peerName }
  const names = here.filter((name) => {
    const nic = wanted.get(nicId(input.intent.name, endpointKey(name, MGMT_INTERFACE)))
    const workload = seen.get(workloadId(input.intent.name, name))
    if (nic?.kind !== 'nic' || nic.way === undefined || workload?.kind !== 'workload') return false
    return workload.state === 'running' && firstCause(portId(nic.hostName), truth) === undefined
  })
  return names.length === 0 ? {} : { reachable: names }
}

interface Both {
  readonly seen: ReadonlyMap<ResourceId, Resource>
  readonly wanted: ReadonlyMap<ResourceId, Resource>
}

const byId = (resources: readonly Resource[]): ReadonlyMap<ResourceId, Resource> =>
  new Map(resources.map((resource) => [resource.id, resource]))

const nodeStatus = (name: NodeName, input: StatusInput, { seen, wanted }: Both): NodeStatus => {
  const id = workloadId(input.intent.name, name)
  const workload = seen.get(id) as Workload | undefined
  const ready = input.ready.has(name)
  const stages = input.stages?.get(name)
  const base = { name, ready, ...(stages === undefined || stages.length === 0 ? {} : { stages }) }
  // What it stands on may be what failed: its image, for one.
  const missing = (wanted.get(id)?.needs ?? []).filter((need) => !seen.has(need))
  const failure = [id, ...missing].map((one) => input.failures.get(one)).find((one) => one !== undefined)
  const want = wanted.get(id)
  // One that is to be made again goes on running until what the new one needs is here; it is not what is asked for.
  const isFormer = workload !== undefined && want?.kind === 'workload' && workload.specHash !== want.specHash
  if (workload?.state === 'running' && isFormer)
    return {
      name,
      ready: false,
      ...(failure === undefined ? { state: 'creating' } : { state: 'error', error: failure }),
    }
  if (workload?.state === 'running') {
    const starting = ready ? undefined : input.starting?.get(name)
    if (starting !== undefined) return { ...base, state: 'creating', doing: starting }
    const sick = workload.health === 'unhealthy' ? { error: 'its health check fails' } : {}
    return { ...base, state: ready ? 'running' : 'creating', ...sick }
  }
  if (failure !== undefined) return { name, ready: false, state: 'error', error: failure }
  const doing = missing.map((one) => input.doing?.get(one)).find((one) => one !== undefined)
  if (workload === undefined)
    return { name, ready: false, state: 'creating', ...(doing === undefined ? {} : { doing }) }
  const isDone = want?.kind === 'workload' && hasEnded(want, workload) && (workload.exitCode ?? 0) === 0
  if (isDone) return { ...base, ready: true, state: 'stopped' }
  return {
    ...base,
    ready: false,
    state: 'stopped',
    error: `its container is ${workload.state}${workload.exitCode === undefined ? '' : `, exit code ${workload.exitCode}`}`,
  }
}

const endStatus = (end: { endpoint: EndpointKey; segment: SegmentId }, input: StatusInput, both: Both): EndStatus => {
  const id = nicId(input.intent.name, end.endpoint)
  const tunnel = both.wanted.get(vtepId(input.intent.name, end.endpoint as string as SegmentId))
  if (tunnel?.kind === 'vtep') return { ...end, ...tunnelStatus(tunnel, id, input, both) }
  const want = both.wanted.get(id) as Nic | undefined
  const nic = both.seen.get(id) as Nic | undefined
  if (want === undefined) return { ...end, carrier: false, error: 'it has no numbers yet' }
  const port = both.seen.get(portId(want.hostName)) as Port | undefined
  const shaper = shaperId(input.intent.name, end.endpoint)
  return {
    ...end,
    ...(port === undefined ? {} : { vlan: port.vlan }),
    ...(nic === undefined ? {} : { mtuBytes: nic.mtuBytes, mac: nic.mac }),
    carrier: nic?.up === true && nic.pid === want.pid,
    ...(isTurning(want, nic, input) ? {} : wrongs(id, lastOf(want, shaper, both), input, both)),
  }
}

/** The last thing a frame needs at an end: what is plugged in nowhere needs no more than itself. */
const lastOf = (want: Nic, shaper: ResourceId, { wanted }: Both): ResourceId =>
  [shaper, portId(want.hostName)].find((id) => wanted.has(id)) ?? want.id

/** An end that is a tunnel to somebody else's end; `id` is what it would be as a nic. */
const tunnelStatus = (want: Vtep, id: ResourceId, ...[input, both]: [StatusInput, Both]) => {
  const vtep = both.seen.get(want.id) as Vtep | undefined
  const port = both.seen.get(portId(want.device)) as Port | undefined
  return {
    ...(port === undefined ? {} : { vlan: port.vlan }),
    ...(vtep === undefined ? {} : { mtuBytes: vtep.mtuBytes }),
    carrier: vtep?.up === true,
    ...wrongs(id, portId(want.device), input, both),
  }
}

/** A flapping link takes a moment to turn: that is neither wrong nor news. */
const isTurning = (want: Nic, nic: Nic | undefined, { intent, troubles }: StatusInput): boolean => {
  const trouble = troubles.get(want.id)
  if (nic === undefined || trouble?.doing.type !== 'now' || differs({ ...want, up: nic.up }, nic) !== undefined)
    return false
  return endImpairments(intent).get(want.endpoint)?.flaps !== undefined
}

const vtepStatus = (want: Vtep, input: StatusInput, both: Both): VtepStatus => {
  const vtep = both.seen.get(want.id) as Vtep | undefined
  const port = both.seen.get(portId(want.device)) as Port | undefined
  return {
    segment: want.segment,
    ...(vtep === undefined ? {} : { vni: vtep.vni, mtuBytes: vtep.mtuBytes }),
    ...(port === undefined ? {} : { vlan: port.vlan }),
    remotes: vtep?.remotes ?? [],
    ...wrongs(want.id, portId(want.device), input, both),
  }
}

/** `last`: what stands on all others of it. What is on its way to what this assignment asks for, for the first time, is no error. */
const wrongs = (
  device: ResourceId,
  last: ResourceId,
  ...[input, { wanted }]: [StatusInput, Both]
): Pick<EndStatus, 'error' | 'doing'> => {
  const truth: HostTruth = { wanted, troubles: input.troubles, peerName: input.peerName }
  const cause = firstCause(last, truth)
  if (cause === undefined) return {}
  const doing = cause.doing === undefined ? {} : { doing: cause.doing }
  if (!cause.isMending || input.wasWhole(device)) return { error: cause.error, ...doing }
  return { doing: [cause.error, cause.doing].join(', ') }
}
