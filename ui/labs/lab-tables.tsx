import type { LabView, LinkView, NodeView } from '#agent/port.ts'
import { impairmentText } from '#core/impairment/text.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { Prose } from '../parts/prose.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { LinkBadge, NodeBadge } from './state-badge.tsx'

type Ends = LinkView['endpoints'][number]

const endText = ({ node, interface: name, vendor }: Ends): string =>
  `${node}:${name}${vendor === undefined ? '' : ` (${vendor})`}`

/** What is wrong, what is being done, or what is done to it on purpose. */
function linkRemark({ error, doing, impairments = {} }: LinkView): string {
  const shaped = Object.entries(impairments).map(([end, what]) => `${end} ${impairmentText(what)}`)
  return [error, doing, ...(error === undefined ? shaped : [])].filter((text) => text !== undefined).join('; ')
}

const LINKS: readonly Column<LinkView>[] = [
  { title: 'State', cell: (link) => <LinkBadge link={link} /> },
  { title: 'Ends', cell: ({ endpoints }) => <code>{endpoints.map(endText).join(' ↔ ')}</code> },
  {
    title: 'Hosts',
    cell: ({ endpoints }) =>
      [...new Set(endpoints.flatMap(({ host }) => (host === null || host === '' ? [] : [host])))].join(' ↔ '),
  },
  { title: 'VNI', numeric: true, cell: ({ vni }) => vni ?? '–' },
  {
    title: 'VLAN',
    numeric: true,
    cell: ({ endpoints }) => [...new Set(endpoints.map(({ vlan }) => vlan ?? '–'))].join(' / '),
  },
  {
    title: 'MTU',
    numeric: true,
    cell: ({ mtu, pathMtu }) => (pathMtu === undefined ? (mtu ?? '–') : `${mtu ?? '–'} (way ${pathMtu})`),
  },
  { title: 'Cause, or what is done', cell: (link) => <Prose text={linkRemark(link)} /> },
]

/** All links of a lab: what the picture shows, in words. */
export const LinksTable = ({ lab, onOpen }: { readonly lab: LabView; onOpen(id: string): void }) => (
  <Table
    caption={`Links of lab ${lab.name}`}
    columns={LINKS}
    rows={lab.links}
    keyOf={({ id }) => id}
    onOpen={({ id }) => onOpen(id)}
    empty={<EmptyState title="This lab has no links." />}
  />
)

const NODES: readonly Column<NodeView>[] = [
  { title: 'State', cell: (node) => <NodeBadge node={node} /> },
  { title: 'Node', cell: ({ name }) => <strong>{name}</strong> },
  { title: 'Kind', cell: ({ kind }) => kind },
  { title: 'Host', cell: ({ host }) => (host === null ? 'no host yet' : host === '' ? '–' : host) },
  { title: 'Image', cell: ({ image }) => <code>{image}</code> },
  {
    title: 'Management',
    cell: ({ mgmt }) =>
      mgmt === undefined ? '–' : <code>{[mgmt.ipv4, mgmt.ipv6].filter((text) => text !== undefined).join(' ')}</code>,
  },
  {
    title: 'Cause, or what it waits for',
    cell: ({ error, doing }) => [error, doing].filter((text) => text !== undefined).join('; '),
  },
]

/** All nodes of a lab. */
export const NodesTable = ({ lab, onOpen }: { readonly lab: LabView; onOpen(name: string): void }) => (
  <Table
    caption={`Nodes of lab ${lab.name}`}
    columns={NODES}
    rows={lab.nodes}
    keyOf={({ name }) => name}
    onOpen={({ name }) => onOpen(name)}
    empty={<EmptyState title="This lab has no nodes." />}
  />
)
