import {
  endpointKey,
  type HostId,
  type HostName,
  type LabName,
  linkId,
  type NodeName,
  type SegmentId,
} from '../../model/ids.ts'
import type { Endpoint, LabIntent, LabNode, Link, Segment } from '../../model/lab.ts'
import type { RosterEntry } from '../../model/record.ts'

/** A node of a sample lab. */
export const labNode = (name: string, more: Partial<LabNode> = {}): LabNode => ({
  name: name as NodeName,
  kind: 'linux',
  image: 'frr:10',
  exec: [],
  binds: [],
  env: {},
  labels: {},
  sysctls: {},
  ports: [],
  startupDelayMs: 0,
  ...more,
})

/** The same, pinned. */
export const pinnedNode = (name: string, host: string): LabNode => labNode(name, { host: host as HostName })

const end = (text: string): Endpoint => {
  const [node = '', name = ''] = text.split(':')
  return { node: node as NodeName, interface: name }
}

/** A lab of these nodes and cables, such as `['r1:eth1', 'r2:eth1']`; a cable to a bridge node ends in its segment. */
export function sampleLab(name: string, nodes: readonly LabNode[], cables: readonly (readonly string[])[]): LabIntent {
  const bridges = new Set<string>(nodes.filter((node) => node.kind === 'bridge').map((node) => node.name))
  const links = cables.map((cable): Link => {
    const endpoints = cable.map(end)
    const id = linkId(endpoints.map((each) => endpointKey(each.node, each.interface)))
    const bridge = endpoints.find((each) => bridges.has(each.node))
    return { id, segment: (bridge?.node ?? id) as string as SegmentId, endpoints }
  })
  const segments = [...new Set(links.map((link) => link.segment))].map((id): Segment => {
    const endpoints = links.filter((link) => link.segment === id).flatMap((link) => link.endpoints)
    const own = endpoints.filter((each) => !bridges.has(each.node))
    return { id, endpoints: own, multiAccess: bridges.has(id) || own.length > 2 }
  })
  return { name: name as LabName, prefix: 'clab', nodes, links, segments, files: [] }
}

/** Host `h<number>` of a sample mesh. */
export const rosterEntry = (number: number, more: Partial<RosterEntry> = {}): RosterEntry => ({
  id: `H${number}` as HostId,
  name: `h${number}`,
  role: 'core',
  addresses: [`192.0.2.${number}`],
  port: 4801,
  wgPublicKey: `key${number}=`,
  wgPort: 51_820,
  overlayAddress: `10.213.0.${number}`,
  state: 'admitted',
  ...more,
})
