import type { Bridge, Op, Port } from '#core/model/resource.ts'
import type { ProcessCommand } from '#platform/exec.ts'
import type { Step } from '../driver.ts'
import { BRIDGE_MARK, MARK_KEY } from '../owner-mark.ts'

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

/** What a bridge without a controller begins with, ovs-vswitchd.conf.db(5), `fail_mode`. */
const SWITCH_FLOWS = 'priority=0,actions=NORMAL\n'

/** Tells the flows of a bridge; exit code 1 where ovs-vswitchd does not run. */
export const flowsCommand = (bridge: string): ProcessCommand => ({
  file: 'ovs-ofctl',
  args: [`--timeout=${TIMEOUT_S}`, '--no-stats', 'dump-flows', bridge],
  okCodes: [0, 1],
})

/** A step for each bridge made or changed, one for all ports, with bridges that go after their ports. */
export const ovsSteps = (ops: readonly Op<Bridge | Port>[]): readonly Step[] => [
  ...ops.flatMap((op) =>
    op.type !== 'delete' && op.to.kind === 'bridge' ? [{ ops: [op], commands: bridgeCommands(op.to) }] : [],
  ),
  ...portStep(ops.filter((op) => op.type === 'delete' || op.to.kind === 'port')),
]

/** The second command fails, saying there is no such key, where somebody else has a bridge of this name. */
const bridgeCommands = (bridge: Bridge): readonly ProcessCommand[] => {
  const settings = [
    `datapath_type=${bridge.datapath}`,
    'fail_mode=standalone',
    'other_config:forward-bpdu=true',
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
    { file: 'ovs-ofctl', args: [`--timeout=${TIMEOUT_S}`, 'replace-flows', bridge.name, '-'], stdin: SWITCH_FLOWS },
  ]
}

/**
 * Two transactions on purpose: where a device came back under its old name, the userspace datapath keeps hold of the
 * old one unless the port has been away in between.
 */
const portStep = (ops: readonly Op<Bridge | Port>[]): readonly Step[] => {
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
const portAway = (op: Op<Bridge | Port>): readonly (readonly string[])[] => {
  if (op.type === 'create')
    return op.to.kind === 'port' ? [['--if-exists', 'del-port', op.to.bridge, op.to.device]] : []
  if (op.from.kind !== 'port') return []
  const stays =
    op.type === 'update' && op.to.kind === 'port' && op.from.fault === undefined && op.from.bridge === op.to.bridge
  return stays ? [] : [['--if-exists', 'del-port', op.from.device]]
}

const setPort = (port: Port): readonly (readonly string[])[] => [
  ['--may-exist', 'add-port', port.bridge, port.device],
  ['set', 'Port', port.device, `tag=${port.vlan}`, `external_ids:${MARK_KEY}=${JSON.stringify(port.owner)}`],
]
