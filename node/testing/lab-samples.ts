import {
  type EndpointKey,
  endpointKey,
  type HostName,
  type LabName,
  linkId,
  type NodeName,
  type SegmentId,
} from '#core/model/ids.ts'
import type { LabFile, LabIntent, LabNode, Link } from '#core/model/lab.ts'

interface NodeSample {
  readonly host?: string
  readonly exec?: LabNode['exec']
  readonly env?: LabNode['env']
  readonly startupDelayMs?: number
  readonly memoryBytes?: number
}

interface LabSample {
  readonly name: string
  readonly nodes: Readonly<Record<string, NodeSample>>
  /** Pairs of `node:interface`. */
  readonly links?: readonly (readonly [string, string])[]
  readonly files?: readonly LabFile[]
}

/** A checked topology, as small as a test needs it. */
export const labSample = ({ name, nodes, links = [], files = [] }: LabSample): LabIntent => {
  const cables = links.map(cable)
  return {
    name: name as LabName,
    prefix: 'clab',
    nodes: Object.entries(nodes).map(([node, sample]) => labNodeSample(node, sample)),
    links: cables,
    segments: cables.map(({ segment, endpoints }) => ({ id: segment, endpoints, multiAccess: false })),
    files,
  }
}

/** One lab node of that sample. */
export const labNodeSample = (name: string, { host, ...rest }: NodeSample = {}): LabNode => ({
  name: name as NodeName,
  kind: 'linux',
  image: 'alpine',
  exec: [],
  binds: [],
  env: {},
  labels: {},
  sysctls: {},
  ports: [],
  startupDelayMs: 0,
  ...(host === undefined ? {} : { host: host as HostName }),
  ...rest,
})

const cable = (ends: readonly [string, string]): Link => {
  const endpoints = ends.map((end) => {
    const [node = '', name = ''] = end.split(':')
    return { node: node as NodeName, interface: name }
  })
  const keys: readonly EndpointKey[] = endpoints.map((end) => endpointKey(end.node, end.interface))
  const id = linkId(keys)
  return { id, segment: id as string as SegmentId, endpoints }
}
