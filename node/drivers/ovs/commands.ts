import { type Bridge, type Op, type Port, subject, type Wire } from '#core/model/resource.ts'
import type { ProcessCommand } from '#platform/exec.ts'
import type { Step } from '../driver.ts'
import { BRIDGE_MARK, MARK_KEY } from '../owner-mark.ts'
import { cutWire, makeWire, SWITCH_FLOW } from './flows.ts'
import { PORT_MODE } from './parse.ts'

/** Seconds ovs-vsctl(8) waits for a database and a switch that do not answer. */
const TIMEOUT_S = 15

/** One transaction of ovs-vsctl(8): all of these commands or none. */
export const vsctl = (commands: readonly (readonly string[])[], options: readonly string[] = []): ProcessCommand => ({
  file: 'ovs-vsctl',
  args: [
    `--timeout=${TIMEOUT_S}`,
    ...options,
    ...commands.flatMap((command, i) => (i === 0 ? command : ['--', ...command])),
  ],
})

/** Tells the flows of a bridge, port numbers as numbers; fails where ovs-vswitchd does not run. */
export const flowsCommand = (bridge: string): ProcessCommand =>
  ofctl(['--no-stats', '--no-names', 'dump-flows', bridge])

const ofctl = (args: readonly string[], lines?: readonly string[]): ProcessCommand => ({
  file: 'ovs-ofctl',
  args: [`--timeout=${TIMEOUT_S}`, ...args],
  ...(lines === undefined ? {} : { stdin: lines.map((line) => `${line}\n`).join('') }),
})

/** What Open vSwitch is asked for here. */
export type OvsResource = Bridge | Port | Wire

/** A step for each bridge made or changed, one for all flows of wires, one for all ports, with bridges that go after their ports. */
export const ovsSteps = (ops: readonly Op<OvsResource>[]): readonly Step[] => [
  ...ops.flatMap((op) =>
    op.type !== 'delete' && op.to.kind === 'bridge' ? [{ ops: [op], commands: bridgeCommands(op.to, keptBy(op)) }] : [],
  ),
  ...wireSteps(ops.filter((op) => subject(op).kind === 'wire' && !goesWhole(op, ops))),
  ...portStep(ops.filter((op) => (subject(op).kind === 'wire' ? goesWhole(op, ops) : isPortStep(op)))),
]

const isPortStep = (op: Op<OvsResource>): boolean => op.type === 'delete' || op.to.kind === 'port'

/** Whether the bridge it is on goes as well: that takes all flows along. */
const goesWhole = (op: Op<OvsResource>, ops: readonly Op<OvsResource>[]): boolean =>
  op.type === 'delete' &&
  ops.some((other) => other.type === 'delete' && other.from.kind === 'bridge' && other.from.name === bridgeOf(op))

const keptBy = (op: Op<OvsResource>): readonly string[] =>
  op.type === 'update' && op.from.kind === 'bridge' ? (op.from.kept ?? []) : []

/** Each all or nothing, by an OpenFlow bundle (ovs-ofctl(8), `--bundle`): one call for a bridge, and there is but one. */
const wireSteps = (ops: readonly Op<OvsResource>[]): readonly Step[] =>
  [...Map.groupBy(ops, bridgeOf)].map(([bridge, group]) => ({
    ops: group,
    commands: [ofctl(['--bundle', 'add-flows', bridge, '-'], group.flatMap(wireLines))],
  }))

const bridgeOf = (op: Op<OvsResource>): string => {
  const resource = subject(op)
  return resource.kind === 'bridge' ? resource.name : resource.bridge
}

const wireLines = (op: Op<OvsResource>): readonly string[] => {
  if (op.type === 'delete') return op.from.kind === 'wire' ? cutWire(op.from) : []
  return op.to.kind === 'wire' ? makeWire(op.to) : []
}

/** Flows in `kept` stay. The second command fails, saying there is no such key, where somebody else has a bridge of this name. */
const bridgeCommands = (bridge: Bridge, kept: readonly string[]): readonly ProcessCommand[] => {
  const settings = [
    `datapath_type=${bridge.datapath}`,
    'fail_mode=standalone',
    'other_config:forward-bpdu=true',
    ...['stp_enable', 'rstp_enable', 'mcast_snooping_enable'].map((column) => `${column}=false`),
    ...['controller', 'protocols', 'flood_vlans'].map((column) => `${column}=[]`),
    `external_ids:${MARK_KEY}=${BRIDGE_MARK}`,
  ]
  return [
    {
      ...vsctl([
        ['add-br', bridge.name],
        ['set', 'Bridge', bridge.name, ...settings],
      ]),
      okCodes: [0, 1],
    },
    vsctl([['get', 'Bridge', bridge.name, `external_ids:${MARK_KEY}`]]),
    vsctl([['set', 'Bridge', bridge.name, ...settings]]),
    ofctl(['replace-flows', bridge.name, '-'], [SWITCH_FLOW, ...kept]),
  ]
}

/**
 * Two transactions on purpose: where a device came back under its old name, the userspace datapath keeps hold of the
 * old one unless the port has been away in between.
 */
const portStep = (ops: readonly Op<OvsResource>[]): readonly Step[] => {
  if (ops.length === 0) return []
  const wanted = ops.flatMap((op) => (op.type !== 'delete' && op.to.kind === 'port' ? [op.to] : []))
  const away = ops.flatMap(portAway)
  const bridges = ops.flatMap((op) => (op.type === 'delete' && op.from.kind === 'bridge' ? [op.from] : []))
  const removals = [...away, ...bridges.map((bridge) => ['--if-exists', 'del-br', bridge.name])]
  return [
    {
      ops,
      commands: [
        ...(removals.length === 0 ? [] : [vsctl(removals)]),
        ...(wanted.length === 0 ? [] : [vsctl(wanted.flatMap(setPort))]),
      ],
    },
  ]
}

/**
 * Detaches the port that goes, is made afresh, is broken or is on another bridge. A new one only from its own bridge: on
 * any other it would be somebody else's.
 */
const portAway = (op: Op<OvsResource>): readonly (readonly string[])[] => {
  if (op.type === 'create')
    return op.to.kind === 'port' ? [['--if-exists', 'del-port', op.to.bridge, op.to.device]] : []
  if (op.from.kind !== 'port') return []
  const stays = op.type === 'update' && op.to.kind === 'port' && op.from.fault === undefined && canStay(op.from, op.to)
  return stays ? [] : [['--if-exists', 'del-port', op.from.device]]
}

const canStay = (from: Port, to: Port): boolean =>
  from.bridge === to.bridge && (to.number === undefined || from.number === to.number)

/** Frames keep the tags nodes give them, inside of the VLAN of the segment; 0 stands for a port that carries every VLAN. */
const plugging = ({ vlan }: Port): readonly string[] =>
  vlan === 0 ? ['tag=[]', 'vlan_mode=[]'] : [`tag=${vlan}`, `vlan_mode=${PORT_MODE}`]

const setPort = (port: Port): readonly (readonly string[])[] => [
  ['--may-exist', 'add-port', port.bridge, port.device],
  ['set', 'Port', port.device, ...plugging(port), `external_ids:${MARK_KEY}=${JSON.stringify(port.owner)}`],
  ['set', 'Interface', port.device, `ofport_request=${port.number ?? '[]'}`],
]
