import type { EndpointKey, LabName, NodeName, SegmentId, VlanTag, Vni } from '#core/model/ids.ts'
import type { Bridge, Nic, Port, Vtep, WgInterface, WgPeer, Wire, Workload } from '#core/model/resource.ts'
import {
  bridgeId,
  nicId,
  portId,
  vtepId,
  wgInterfaceId,
  wgPeerId,
  wireId,
  workloadId,
} from '#core/model/resource-ids.ts'
import { type Side, wiredPort } from '#core/model/wired-port.ts'
import { BRIDGE_NAME, nicDevice, vtepDevice, WG_INTERFACE_NAME } from '#drivers/owner-mark.ts'
import type { ContractSample } from './driver-contract.ts'

const LAB = 'frr01' as LabName

/** A running container whose first process is `pid`. */
export const workload = (node: string, pid: number): Workload => ({
  id: workloadId(LAB, node as NodeName),
  kind: 'workload',
  needs: [],
  provider: 'docker',
  lab: LAB,
  node: node as NodeName,
  containerName: `clab-${LAB}-${node}`,
  spec: { image: 'linux', hostname: node, env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
  specHash: 'x',
  state: 'running',
  pid,
})

/** The `ordinal`th nic of the mesh: MAC address and IPv4 address 10.0.0.`ordinal`/24 follow from it. */
export const nic = (
  of: { node: string; interface: string; pid: number; ordinal: number },
  change: Partial<Nic> = {},
): Nic => {
  const endpoint = `${of.node}:${of.interface}` as EndpointKey
  return {
    id: nicId(LAB, endpoint),
    kind: 'nic',
    needs: [],
    lab: LAB,
    endpoint,
    hostName: nicDevice(LAB, endpoint),
    name: of.interface,
    workload: workloadId(LAB, of.node as NodeName),
    pid: of.pid,
    mac: `02:00:00:00:00:${of.ordinal.toString(16).padStart(2, '0')}`,
    mtuBytes: 1370,
    addresses: [`10.0.0.${of.ordinal}/24`],
    txOffload: true,
    up: true,
    ...change,
  }
}

/** A tunnel end of `segment` at 10.98.0.1. */
export const vtep = (segment: string, vni: number, change: Partial<Vtep> = {}): Vtep => ({
  id: vtepId(LAB, segment as SegmentId),
  kind: 'vtep',
  needs: [],
  lab: LAB,
  segment: segment as SegmentId,
  device: vtepDevice(LAB, segment as SegmentId),
  vni: vni as Vni,
  local: '10.98.0.1',
  port: 14_789,
  remotes: ['10.98.0.2', '10.98.0.3'],
  mtuBytes: 1370,
  learning: false,
  up: true,
  ...change,
})

export const bridge = (datapath: Bridge['datapath'] = 'netdev'): Bridge => ({
  id: bridgeId(BRIDGE_NAME),
  kind: 'bridge',
  needs: [],
  name: BRIDGE_NAME,
  datapath,
  isSwitch: true,
})

/** The flows of a cable whose segment has this tag. */
export const wire = (vlan: number): Wire => ({
  id: wireId(vlan),
  kind: 'wire',
  needs: [],
  bridge: BRIDGE_NAME,
  vlan: vlan as VlanTag,
})

export const port = (device: string, vlan: number, owner: string = `${LAB}/r1:eth1`): Port => ({
  id: portId(device),
  kind: 'port',
  needs: [],
  bridge: BRIDGE_NAME,
  device,
  vlan: vlan as VlanTag,
  owner,
})

export const wgInterface = (
  key: { file: string; publicKey: string },
  change: Partial<WgInterface> = {},
): WgInterface => ({
  id: wgInterfaceId(WG_INTERFACE_NAME),
  kind: 'wg-interface',
  needs: [],
  name: WG_INTERFACE_NAME,
  privateKeyFile: key.file,
  publicKey: key.publicKey,
  listenPort: 51_820,
  address: '10.98.0.1/16',
  mtuBytes: 1420,
  ...change,
})

export const wgPeer = (publicKey: string, change: Partial<WgPeer> = {}): WgPeer => ({
  id: wgPeerId(WG_INTERFACE_NAME, publicKey),
  kind: 'wg-peer',
  needs: [],
  interface: WG_INTERFACE_NAME,
  publicKey,
  endpoint: '10.77.1.2:51820',
  allowedIps: ['10.98.0.2/32'],
  keepaliveS: 25,
  ...change,
})

/** Nics in two namespaces; then other addresses, MTU, MAC address and checksum offload in place. */
export const nicSamples = (first: number, second: number): readonly ContractSample<Nic>[] => {
  const a = nic({ node: 'r1', interface: 'eth1', pid: first, ordinal: 1 })
  const b = nic(
    { node: 'r1', interface: 'eth2', pid: first, ordinal: 2 },
    { txOffload: false, addresses: ['10.0.2.1/24', '10.0.2.2/32'] },
  )
  const c = nic({ node: 'pc-1.x_y', interface: 'net0', pid: second, ordinal: 3 }, { addresses: [] })
  const changed = [
    { ...a, mtuBytes: 1500, txOffload: false, addresses: [...a.addresses, '10.0.9.1/24'] },
    { ...b, mac: '02:00:00:00:00:99' },
  ]
  return [{ name: 'three nics in two namespaces', stages: [[a, b, c]], changed }]
}

/** Pairs within the host, of which one joins and leaves the bridge `master`, and devices in a workload without another end. */
export const specialNicSamples = (
  pid: number,
  { master, parent }: { master: string; parent: string },
): readonly ContractSample<Nic>[] => {
  const within = { pid: 0, ordinal: 1 }
  const up = nic({ node: 'host', interface: 'up0', ...within }, { form: { type: 'host' } })
  const join = nic(
    { node: 'br0', interface: 'br0', ...within },
    { form: { type: 'host', master }, name: 'skj0', addresses: [] },
  )
  const macvlan = { type: 'macvlan', parent, mode: 'bridge' } as const
  const child = nic({ node: 'r1', interface: 'mv0', pid, ordinal: 4 }, { form: macvlan })
  return [
    {
      name: 'two pairs within the host',
      stages: [[up, join]],
      changed: [
        { ...up, mtuBytes: 1500, addresses: [...up.addresses, '10.0.9.1/24'] },
        { ...join, form: { type: 'host' } },
      ],
    },
    {
      name: 'a child of an interface of the host',
      stages: [[child]],
      changed: [{ ...child, mtuBytes: 1300, mac: '02:00:00:00:00:98' }],
    },
  ]
}

/** Flood lists that grow, shrink and start empty; another VNI means another device. */
export const vtepSamples = (): readonly ContractSample<Vtep>[] => {
  const a = vtep('r1:eth1--r2:eth1', 100)
  const b = vtep('lan0', 101, { learning: true, remotes: [] })
  const c = vtep('lan1', 102)
  const changed = [
    { ...a, remotes: ['10.98.0.3', '10.98.0.4'], mtuBytes: 1300 },
    { ...b, learning: false, remotes: ['10.98.0.9'] },
    { ...c, vni: 103 as Vni },
  ]
  return [{ name: 'three tunnel ends', stages: [[a, b, c]], changed }]
}

/** The bridge with a port for each device: they switch, then one has another tag and another owner; or they are the ends of a cable. */
export const ovsSamples = (first: string, second: string): readonly ContractSample<Bridge | Wire | Port>[] => [
  {
    name: 'a bridge with two ports',
    stages: [[bridge()], [port(first, 1), port(second, 4094, 'frr01/lan "0" {x}')]],
    changed: [port(first, 77, `${LAB}/r9:eth1`)],
  },
  {
    name: 'two ports that are wired',
    stages: [
      [bridge()],
      [wire(100), wire(4094)],
      [wiredTo(port(first, 100), 0), wiredTo(port(second, 100, `${LAB}/r2:eth1`), 1)],
    ],
    changed: [wiredTo(port(first, 4094), 1), wire(100)],
  },
]

/** The port as that of a cable which leads to this end of it. */
export const wiredTo = (port: Port, side: Side): Port => ({ ...port, number: wiredPort(port.vlan, side) })

/** One interface with two peers; then another listening port, address, MTU, endpoint and list of addresses. */
export const wgSamples = (
  key: { file: string; publicKey: string },
  peers: readonly [string, string],
): readonly ContractSample<WgInterface | WgPeer>[] => {
  const first = wgInterface(key)
  const [a, b] = [wgPeer(peers[0]), wgPeer(peers[1], { endpoint: '10.77.1.3:51820', allowedIps: ['10.98.0.3/32'] })]
  const changed = [
    wgInterface(key, { listenPort: 51_999, mtuBytes: 1380, address: '10.98.0.7/16' }),
    { ...b, endpoint: '10.77.2.3:51821', allowedIps: ['10.98.0.3/32', '10.98.0.4/32'] },
  ]
  return [{ name: 'an interface with two peers', stages: [[first], [a, b]], changed }]
}
