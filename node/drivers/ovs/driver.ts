import type { Bridge, Port, Resource } from '#core/model/resource.ts'
import type { Exec } from '#platform/exec.ts'
import type { Driver, Watch } from '../driver.ts'
import { probeTools } from '../tool-output.ts'
import { flowsCommand, ovsSteps, vsctl } from './commands.ts'
import { switchSources } from './events.ts'
import { isSwitch, parsePacketSockets, parseSwitch, TABLE_COMMANDS } from './parse.ts'

/** Open vSwitch: the bridge and its access ports, by ovs-vsctl(8). */
export const createOvsDriver = (): Driver<Bridge | Port> & Watch => ({
  name: 'ovs',
  owns: (resource: Resource): resource is Bridge | Port => resource.kind === 'bridge' || resource.kind === 'port',
  probe: (exec) => probeTools(exec, [{ file: 'ovs-vsctl', args: ['--version'] }]),
  observe,
  steps: ovsSteps,
  sources: switchSources,
})

/** Sockets are read after the tables: a port attached in between then looks whole, not stale. */
const observe = async (exec: Exec): Promise<readonly (Bridge | Port)[]> => {
  const tables = await exec.run(vsctl(TABLE_COMMANDS, ['--format=json']))
  const sockets = await exec.run({ file: 'cat', args: ['/proc/net/packet'] })
  const seen = parseSwitch(tables.stdout, parsePacketSockets(sockets.stdout))
  return Promise.all(seen.map((resource) => (resource.kind === 'bridge' ? withFlows(exec, resource) : resource)))
}

/** Without ovs-vswitchd there are no flows to judge: it starts with the right ones. */
const withFlows = async (exec: Exec, bridge: Bridge): Promise<Bridge> => {
  if (bridge.fault !== undefined) return bridge
  const { code, stdout } = await exec.run(flowsCommand(bridge.name))
  return code === 0 ? { ...bridge, isSwitch: isSwitch(stdout) } : bridge
}
