import { stringify } from 'yaml'

/** A lab file as a value, to be edited. */
export interface LabText {
  readonly nodes: Record<string, Record<string, unknown>>
  readonly links: { endpoints: [string, string]; [key: string]: unknown }[]
}

/** One edit, and what of the lab it may touch: all else must stay as it is. */
export interface Edit {
  readonly what: string
  readonly edit: (lab: LabText) => void
  /** Nodes that are made, made again or removed. */
  readonly nodes?: readonly string[]
  /** Links that differ afterwards, made and removed ones too; `a:eth1` is enough. */
  readonly links?: readonly string[]
  /** IPv4 addresses that ends then have, no others. */
  readonly addresses?: Readonly<Record<string, string>>
  /** Content of files next to the lab file, by path; null removes one. */
  readonly files?: Readonly<Record<string, string | null>>
}

const IMAGES = ['skein/net:test', 'alpine:3'] as const
export const NODES = Array.from({ length: 15 }, (_, at) => `n${at + 1}`)

/** Fifteen nodes in a ring, dealt to `hosts` by turns, and files that three of them bind. */
export const ringLab = (hosts: readonly string[]): LabText => ({
  nodes: Object.fromEntries(
    NODES.map((name, at) => [
      name,
      {
        labels: { 'skein/host': hosts[at % hosts.length] },
        ...(at < 3 ? { binds: [`conf/${name}.conf:/etc/node.conf:ro`] } : {}),
      },
    ]),
  ),
  links: NODES.map((name, at) => ({ endpoints: [`${name}:eth1`, `${NODES[(at + 1) % NODES.length]}:eth2`] })),
})

/** As it is written for people. */
export const ringText = ({ nodes, links }: LabText): string =>
  stringify({ name: 'ring', topology: { defaults: { kind: 'linux', image: IMAGES[0] }, nodes, links } })

const node = (lab: LabText, name: string): Record<string, unknown> => {
  const found = lab.nodes[name]
  if (found === undefined) throw new Error(`no node ${name}`)
  return found
}
const link = (lab: LabText, end: string): LabText['links'][number] => {
  const found = lab.links.find(({ endpoints }) => endpoints.includes(end))
  if (found === undefined) throw new Error(`no link at ${end}`)
  return found
}
const drop = (lab: LabText, end: string): void => void lab.links.splice(lab.links.indexOf(link(lab, end)), 1)
/** Both links of a node of the ring. */
const both = (name: string): readonly string[] => [`${name}:eth1`, `${name}:eth2`]

/** Twenty edits and some more, each of the lab the ones before have left. */
export const edits = (hosts: readonly string[]): readonly Edit[] => [
  { what: 'nothing', edit: () => {} },
  {
    what: 'a variable',
    edit: (lab) => Object.assign(node(lab, 'n4'), { env: { LEVEL: '2' } }),
    nodes: ['n4'],
    links: both('n4'),
  },
  {
    what: 'another image',
    edit: (lab) => Object.assign(node(lab, 'n5'), { image: IMAGES[1] }),
    nodes: ['n5'],
    links: both('n5'),
  },
  {
    what: 'a command',
    edit: (lab) => Object.assign(node(lab, 'n6'), { cmd: 'sleep 100000' }),
    nodes: ['n6'],
    links: both('n6'),
  },
  {
    what: 'a list of commands to run at start',
    edit: (lab) => Object.assign(node(lab, 'n7'), { exec: ['touch /tmp/ran'] }),
  },
  { what: 'a group, which is a label of ours', edit: (lab) => Object.assign(node(lab, 'n8'), { group: 'spine' }) },
  { what: 'the MTU of a link', edit: (lab) => Object.assign(link(lab, 'n9:eth1'), { mtu: 1300 }), links: ['n9:eth1'] },
  {
    what: 'addresses of a link',
    edit: (lab) => Object.assign(link(lab, 'n9:eth1'), { ipv4: ['10.9.0.1/24', '10.9.0.2/24'] }),
    links: ['n9:eth1'],
    addresses: { 'n9:eth1': '10.9.0.1/24' },
  },
  {
    what: 'other addresses of a link',
    edit: (lab) => Object.assign(link(lab, 'n9:eth1'), { ipv4: ['10.9.0.3/24', '10.9.0.2/24'] }),
    links: ['n9:eth1'],
    addresses: { 'n9:eth1': '10.9.0.3/24', 'n10:eth2': '10.9.0.2/24' },
  },
  {
    what: 'a link more',
    edit: (lab) => void lab.links.push({ endpoints: ['n1:eth3', 'n8:eth3'] }),
    links: ['n1:eth3'],
  },
  { what: 'a link less', edit: (lab) => drop(lab, 'n1:eth3'), links: ['n1:eth3'] },
  {
    what: 'a node and its link more',
    edit: (lab) => {
      lab.nodes.n16 = { labels: { 'skein/host': hosts[1] } }
      lab.links.push({ endpoints: ['n16:eth1', 'n2:eth3'] })
    },
    nodes: ['n16'],
    links: ['n16:eth1'],
  },
  {
    what: 'two links more at a node',
    edit: (lab) => {
      lab.links.push({ endpoints: ['n16:eth2', 'n10:eth3'] }, { endpoints: ['n16:eth3', 'n11:eth3'] })
    },
    links: ['n16:eth2', 'n16:eth3'],
  },
  {
    what: 'a node and its links less',
    edit: (lab) => {
      delete lab.nodes.n16
      for (const end of ['n16:eth1', 'n16:eth2', 'n16:eth3']) drop(lab, end)
    },
    nodes: ['n16'],
    links: ['n16:eth1', 'n16:eth2', 'n16:eth3'],
  },
  {
    what: 'the content of a bound file',
    edit: () => {},
    files: { 'conf/n1.conf': 'changed' },
    nodes: ['n1'],
    links: both('n1'),
  },
  { what: 'a file beside those that are bound', edit: () => {}, files: { 'conf/other.conf': 'nobody binds it' } },
  {
    what: 'a bind more',
    edit: (lab) => Object.assign(node(lab, 'n12'), { binds: ['conf/n2.conf:/etc/node.conf'] }),
    nodes: ['n12'],
    links: both('n12'),
  },
  { what: 'a bind less', edit: (lab) => void delete node(lab, 'n3').binds, nodes: ['n3'], links: both('n3') },
  {
    what: 'a sysctl',
    edit: (lab) => Object.assign(node(lab, 'n13'), { sysctls: { 'net.ipv4.conf.all.rp_filter': 2 } }),
    nodes: ['n13'],
    links: both('n13'),
  },
  { what: 'a limit', edit: (lab) => Object.assign(node(lab, 'n14'), { cpu: 0.5 }), nodes: ['n14'], links: both('n14') },
  {
    what: 'another end of a link',
    edit: (lab) => Object.assign(link(lab, 'n15:eth1'), { endpoints: ['n15:eth1', 'n2:eth5'] }),
    links: ['n15:eth1'],
  },
  {
    what: 'another host',
    edit: (lab) => Object.assign(node(lab, 'n10'), { labels: { 'skein/host': hosts[2] } }),
    nodes: ['n10'],
    links: both('n10'),
  },
  { what: 'the order of nodes and links', edit: (lab) => void lab.links.reverse() },
]
