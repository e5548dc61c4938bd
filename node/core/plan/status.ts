import {
  type EndpointKey,
  endpointKey,
  type HostId,
  type NodeName,
  type ResourceId,
  type SegmentId,
} from '../model/ids.ts'
import type { Assignment, EndStatus, LabIntent, LabStatus, NodeStatus, VtepStatus } from '../model/lab.ts'
import type { Nic, Port, Resource, Vtep, Workload } from '../model/resource.ts'
import { imageId, nicId, portId, vtepId, workloadId } from '../model/resource-ids.ts'

export interface StatusInput {
  readonly self: HostId
  readonly intent: LabIntent
  readonly assignment: Assignment
  readonly wanted: readonly Resource[]
  readonly seen: readonly Resource[]
  /** What went wrong the last time a resource was worked on, by id. */
  readonly failures: ReadonlyMap<ResourceId, string>
  /** Nodes whose post-start commands have all been run since their container started. */
  readonly ready: ReadonlySet<NodeName>
  readonly notes: readonly string[]
}

/** What this host sees of its part of a lab: only what was read back counts. */
export const labStatus = (input: StatusInput): LabStatus => {
  const seen = new Map(input.seen.map((resource) => [resource.id, resource]))
  const wanted = new Map(input.wanted.map((resource) => [resource.id, resource]))
  const here = input.intent.nodes.filter(
    (node) => node.kind !== 'bridge' && input.assignment.hosts[node.name] === input.self,
  )
  const names = new Set(here.map((node) => node.name))
  return {
    lab: input.intent.name,
    intentVersion: input.assignment.intentVersion,
    index: input.assignment.index,
    nodes: here.map((node) => nodeStatus(node.name, node.image, input, seen)),
    ends: input.intent.segments.flatMap((segment) =>
      segment.endpoints
        .filter((end) => names.has(end.node))
        .map((end) =>
          endStatus({ endpoint: endpointKey(end.node, end.interface), segment: segment.id }, input, { seen, wanted }),
        ),
    ),
    vteps: input.intent.segments.flatMap((segment) => {
      const id = vtepId(input.intent.name, segment.id)
      return wanted.has(id) ? [vtepStatus(segment.id, input, { seen, wanted })] : []
    }),
    notes: input.notes,
  }
}

interface Both {
  readonly seen: ReadonlyMap<ResourceId, Resource>
  readonly wanted: ReadonlyMap<ResourceId, Resource>
}

const nodeStatus = (name: NodeName, image: string, input: StatusInput, seen: Both['seen']): NodeStatus => {
  const id = workloadId(input.intent.name, name)
  const workload = seen.get(id) as Workload | undefined
  const ready = input.ready.has(name)
  const failure = input.failures.get(id) ?? (seen.has(imageId(image)) ? undefined : input.failures.get(imageId(image)))
  if (workload?.state === 'running') return { name, ready, state: ready ? 'running' : 'creating' }
  if (failure !== undefined) return { name, ready: false, state: 'error', error: failure }
  if (workload === undefined) return { name, ready: false, state: 'creating' }
  return {
    name,
    ready: false,
    state: 'stopped',
    error: `its container is ${workload.state}${workload.exitCode === undefined ? '' : `, exit code ${workload.exitCode}`}`,
  }
}

const endStatus = (end: { endpoint: EndpointKey; segment: SegmentId }, input: StatusInput, both: Both): EndStatus => {
  const id = nicId(input.intent.name, end.endpoint)
  const want = both.wanted.get(id) as Nic | undefined
  const nic = both.seen.get(id) as Nic | undefined
  if (want === undefined) return { ...end, carrier: false, error: 'its node is not running yet' }
  const port = both.seen.get(portId(want.hostName)) as Port | undefined
  const error =
    input.failures.get(id) ?? nic?.fault ?? input.failures.get(portId(want.hostName)) ?? port?.fault ?? stale(port, nic)
  return {
    ...end,
    ...(port === undefined ? {} : { vlan: port.vlan }),
    ...(nic === undefined ? {} : { mtuBytes: nic.mtuBytes, mac: nic.mac }),
    carrier: nic?.up === true && nic.pid === want.pid,
    ...(error === undefined ? {} : { error }),
  }
}

const stale = (port: Port | undefined, device: Nic | Vtep | undefined): string | undefined =>
  port?.ifindex !== undefined && device?.ifindex !== undefined && port.ifindex !== device.ifindex
    ? `bridge port ${port.device} is attached to a device that is gone`
    : undefined

const vtepStatus = (segment: SegmentId, input: StatusInput, both: Both): VtepStatus => {
  const id = vtepId(input.intent.name, segment)
  const want = both.wanted.get(id) as Vtep | undefined
  const vtep = both.seen.get(id) as Vtep | undefined
  const port = want === undefined ? undefined : (both.seen.get(portId(want.device)) as Port | undefined)
  const down = vtep !== undefined && !vtep.up ? `tunnel device ${vtep.device} is down` : undefined
  const error = input.failures.get(id) ?? vtep?.fault ?? down ?? port?.fault ?? stale(port, vtep)
  return {
    segment,
    ...(vtep === undefined ? {} : { vni: vtep.vni, mtuBytes: vtep.mtuBytes }),
    ...(port === undefined ? {} : { vlan: port.vlan }),
    remotes: vtep?.remotes ?? [],
    ...(error === undefined ? {} : { error }),
  }
}
