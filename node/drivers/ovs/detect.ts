import type { Bridge } from '#core/model/resource.ts'
import type { Exec } from '#platform/exec.ts'
import { hasNetlinkFamily } from '../netlink-family.ts'
import { vsctl } from './commands.ts'

/**
 * `system` where the kernel has the Open vSwitch datapath, `netdev` (userspace) otherwise. Open vSwitch itself lists
 * `system` even where the kernel has none.
 */
export const detectDatapath = async (exec: Exec): Promise<Bridge['datapath']> =>
  (await hasNetlinkFamily(exec, { family: 'ovs_datapath', module: 'openvswitch' })) ? 'system' : 'netdev'

/**
 * Whether senders may leave checksums to the bridge: in the kernel's datapath always, in userspace only with
 * `userspace-tso-enable` (which ovs-vswitchd must have started with). Rejects with TOOL_MISSING, TOOL_FAILED.
 */
export const detectTxOffload = async (exec: Exec): Promise<boolean> => {
  if ((await detectDatapath(exec)) === 'system') return true
  const get = ['--if-exists', 'get', 'Open_vSwitch', '.', 'other_config:userspace-tso-enable']
  return (await exec.run(vsctl([get]))).stdout.trim().replaceAll('"', '') === 'true'
}
