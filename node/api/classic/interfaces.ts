import type { AgentPort, LabReconciled, LabView } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import { type InterfaceView, labInterfaces } from '#core/view/interfaces.ts'

/** One interface under its three names: in Open vSwitch, in Linux, in the node's software. */
interface Mapping {
  readonly id: string
  readonly lab_id: string
  readonly node_id: string
  readonly node_name: string
  readonly ovs_port: string | null
  readonly ovs_bridge: string | null
  readonly vlan_tag: number | null
  readonly linux_interface: string
  readonly vendor_interface: string | null
  readonly device_type: string | null
  readonly host: string | null
  readonly mac: string | null
  readonly link_id: string
  readonly link_state: LabView['links'][number]['state']
}

export interface Mappings {
  readonly mappings: readonly Mapping[]
  readonly total: number
}

/** Of a lab, or of one node of it. NOT_FOUND. */
export function mappingsOf(agent: AgentPort, lab: string, node?: string): Mappings {
  const view = agent.lab(lab)
  if (node !== undefined && !view.nodes.some(({ name }) => name === node))
    throw new MeshError('NOT_FOUND', `lab ${lab} has no node ${node}`, { lab, node })
  const mappings = labInterfaces(view)
    .filter((row) => node === undefined || row.node === node)
    .map((row) => mapping(lab, row))
  return { mappings, total: mappings.length }
}

const mapping = (lab: string, row: InterfaceView): Mapping => ({
  id: `${lab}/${row.node}:${row.interface}`,
  lab_id: lab,
  node_id: row.node,
  node_name: row.node,
  ovs_port: row.port,
  ovs_bridge: row.bridge,
  vlan_tag: row.vlan,
  linux_interface: row.interface,
  vendor_interface: row.vendor,
  device_type: row.kind,
  host: row.host,
  mac: row.mac,
  link_id: row.link,
  link_state: row.state,
})

/** What looking at all links of a lab came to. */
export interface LinksReconciled {
  readonly checked: number
  /** Right, or down because somebody asked for it. */
  readonly valid: number
  /** What was put right on the hosts of the lab. */
  readonly repaired: number
  readonly errors: number
  /** Not made yet. */
  readonly skipped: number
  /** Hosts that could not be asked, and why. */
  readonly unreachable: readonly { readonly host: string; readonly why: string }[]
}

/** Every host of the lab looks at once and mends what is wrong. NOT_FOUND. */
export async function reconcileLinks(agent: AgentPort, lab: string): Promise<LinksReconciled> {
  const { hosts } = await agent.reconcileLab(lab)
  const { links } = agent.lab(lab)
  const count = (...states: readonly string[]): number => links.filter(({ state }) => states.includes(state)).length
  return {
    checked: links.length,
    valid: count('up', 'down'),
    repaired: hosts.reduce((sum, { done }) => sum + done.filter(({ ok }) => ok).length, 0),
    errors: count('error'),
    skipped: count('pending', 'creating'),
    unreachable: unreachableOf(hosts),
  }
}

const unreachableOf = (hosts: LabReconciled['hosts']): LinksReconciled['unreachable'] =>
  hosts.flatMap(({ host, unreachable: why }) => (why === undefined ? [] : [{ host, why }]))
