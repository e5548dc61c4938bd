import type { Bridge, Port, Resource, Wire } from '#core/model/resource.ts'
import { wiredEnd } from '#core/model/wired-port.ts'
import type { Exec } from '#platform/exec.ts'
import type { Driver, Watch } from '../driver.ts'
import { probeTools } from '../tool-output.ts'
import { flowsCommand, type OvsResource, ovsSteps, vsctl } from './commands.ts'
import { switchSources } from './events.ts'
import { parseFlows } from './flows.ts'
import { parsePacketSockets, parseSwitch, TABLE_COMMANDS } from './parse.ts'

const KINDS: readonly Resource['kind'][] = ['bridge', 'port', 'wire']

/** Open vSwitch: the bridge and its access ports, by ovs-vsctl(8), and the flows of cables, by ovs-ofctl(8). */
export const createOvsDriver = (): Driver<OvsResource> & Watch => ({
  name: 'ovs',
  owns: (resource: Resource): resource is OvsResource => KINDS.includes(resource.kind),
  probe: (exec) => probeTools(exec, [{ file: 'ovs-vsctl', args: ['--version'] }]),
  observe,
  steps: ovsSteps,
  sources: switchSources,
})

/** Sockets are read after the tables: a port attached in between then looks whole, not stale. */
const observe = async (exec: Exec): Promise<readonly OvsResource[]> => {
  const tables = await exec.run(vsctl(TABLE_COMMANDS, ['--format=json']))
  const sockets = await exec.run({ file: 'cat', args: ['/proc/net/packet'] })
  const seen = parseSwitch(tables.stdout, parsePacketSockets(sockets.stdout))
  const ports = seen.filter((one) => one.kind === 'port')
  const bridges = seen.filter((one) => one.kind === 'bridge')
  const read = await Promise.all(bridges.map((bridge) => withFlows(exec, bridge, ports)))
  return [...read.flat(), ...ports]
}

/** While ovs-vswitchd does not run nothing can be said: neither of flows, nor whether ports are attached. */
const withFlows = async (exec: Exec, bridge: Bridge, ports: readonly Port[]): Promise<readonly OvsResource[]> => {
  if (bridge.fault !== undefined) return [bridge]
  const { stdout } = await exec.run(flowsCommand(bridge.name))
  const { isSwitch, wires, kept } = parseFlows(bridge.name, stdout)
  return [
    { ...bridge, isSwitch, ...(kept.length === 0 ? {} : { kept }) },
    ...wires.map((wire) => ({ ...wire, ...ownerOf(wire, ports) })),
  ]
}

const ownerOf = ({ bridge, vlan }: Wire, ports: readonly Port[]): Pick<Wire, 'owner'> => {
  const port = ports.find((one) => one.bridge === bridge && wiredEnd(one.number ?? 0)?.vlan === vlan)
  return port === undefined ? {} : { owner: port.owner }
}
