import { containerName } from '#core/model/container-name.ts'
import type { LabName } from '#core/model/ids.ts'
import type { LabIntent, LabNode } from '#core/model/lab.ts'
import { writtenKind } from '#core/model/software.ts'
import type { LabNodeShape, LabShape } from './lab-shapes.ts'
import { json } from './output.ts'

interface Both {
  readonly node: LabNode
  readonly seen: LabNodeShape | undefined
  readonly longName: string
}

/** Nodes that are containers, in the order of their names, as containerlab sorts them. */
const nodesOf = (intent: LabIntent, view: LabShape): readonly Both[] =>
  intent.nodes
    .filter(({ kind }) => kind !== 'bridge')
    .map((node) => ({
      node,
      seen: view.nodes.find(({ name }) => name === node.name),
      longName: containerName(intent.prefix, view.name as LabName, node.name),
    }))
    .toSorted((a, b) => (a.node.name < b.node.name ? -1 : 1))

/** `topology-data.json` (containerlab core/export_templates/auto.tmpl), and the host of each node. */
export function topologyData(intent: LabIntent, view: LabShape, folder: string): string {
  const nodes = nodesOf(intent, view).map(({ node, seen, longName }, index) => [
    node.name,
    {
      index: String(index),
      shortname: node.name,
      longname: longName,
      fqdn: `${node.name}.${view.name}.io`,
      group: node.group ?? '',
      labdir: `${folder}/${node.name}`,
      kind: writtenKind(node),
      image: node.image,
      host: seen?.host ?? '',
      'mgmt-net': '',
      'mgmt-intf': seen?.mgmt === undefined ? '' : 'eth0',
      'mgmt-ipv4-address': seen?.mgmt?.ipv4 ?? '',
      'mgmt-ipv6-address': seen?.mgmt?.ipv6 ?? '',
      labels: node.labels,
      'port-bindings': node.ports.map(({ hostPort, containerPort, protocol }) => ({
        'host-port': hostPort,
        port: containerPort,
        protocol,
      })),
    },
  ])
  const links = view.links.map(({ endpoints }) => {
    const ends = endpoints.map(({ node, interface: name, mac, ipv4, ipv6 }, index) => [
      index === 0 ? 'a' : index === 1 ? 'z' : `z${index}`,
      {
        ...{ node, interface: name, mac: mac ?? '' },
        ...(ipv4 === undefined ? {} : { ipv4 }),
        ...(ipv6 === undefined ? {} : { ipv6 }),
        peer: index === 0 ? (endpoints.length > 1 ? 'z' : 'dummy') : 'a',
      },
    ])
    return { endpoints: Object.fromEntries(ends) }
  })
  const clab = { config: { prefix: intent.prefix, mgmt: intent.mgmt ?? {} } }
  return json({ name: view.name, type: 'clab', clab, 'ssh-pub-keys': [], nodes: Object.fromEntries(nodes), links })
}

/** `ansible-inventory.yml` (containerlab core/assets/inventory_ansible.go.tpl): nodes by kind, and by `ansible-group` of their labels. */
export function ansibleInventory(intent: LabIntent, view: LabShape): string {
  const all = nodesOf(intent, view)
  const kinds = Map.groupBy(all, ({ node }) => writtenKind(node))
  const labelled = all.filter(({ node }) => (node.labels['ansible-group'] ?? '') !== '')
  const groups = Map.groupBy(labelled, ({ node }) => node.labels['ansible-group'] ?? '')
  const section = ([name, members]: readonly [string, readonly Both[]]): readonly string[] => [
    `    ${quoted(name)}:`,
    '      hosts:',
    ...members.flatMap(hostLines),
  ]
  const lines = [
    'all:',
    '  vars:',
    '    ansible_httpapi_use_proxy: false',
    '  children:',
    ...[...kinds].toSorted(byName).flatMap(section),
    ...[...groups].toSorted(byName).flatMap(section),
  ]
  return `${lines.join('\n')}\n`
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

const hostLines = ({ node, seen, longName }: Both): readonly string[] => {
  const address = seen?.mgmt?.ipv4 ?? seen?.mgmt?.ipv6
  const isHidden = node.labels['ansible-no-host-var'] === 'true' || address === undefined
  return [`        ${quoted(longName)}:`, ...(isHidden ? [] : [`          ansible_host: ${quoted(address)}`])]
}

/** As YAML takes it whatever it holds; plain where that is the same. */
const quoted = (text: string): string =>
  /^[A-Za-z_][A-Za-z0-9_.-]*$|^\d+(\.\d+){3}$/.test(text) ? text : JSON.stringify(text)

/** What containerlab puts into /etc/hosts (core/hostsfile.go): each node by its container's name and its own. */
export function hostsFile(intent: LabIntent, view: LabShape): string {
  const all = nodesOf(intent, view)
  const lines = (family: 'ipv4' | 'ipv6'): readonly string[] =>
    all.flatMap(({ node, seen, longName }) => {
      const address = seen?.mgmt?.[family]
      const names = [...new Set([longName, node.name])].join(' ')
      return address === undefined ? [] : [`${address}\t${names}`]
    })
  const entries = [...lines('ipv4'), ...lines('ipv6')]
  return `###### CLAB-${view.name}-START ######\n${entries.map((line) => `${line}\n`).join('')}###### CLAB-${view.name}-END ######\n`
}
