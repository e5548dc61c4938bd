import type { Exec } from '#platform/exec.ts'
import { createDockerDriver, createDockerImageDriver } from './docker/driver.ts'
import { execInContainer } from './docker/exec.ts'
import type { Driver } from './driver.ts'
import { createNicDriver } from './nic/driver.ts'
import { detectDatapath, detectTxOffload } from './ovs/detect.ts'
import { createOvsDriver } from './ovs/driver.ts'
import { createVxlanDriver } from './vxlan/driver.ts'
import { createWireguardDriver, detectWireguard } from './wireguard/driver.ts'

/** Every driver of this host. The first one sees the workloads whose namespaces the others look into. */
export const createDrivers = async (exec: Exec, dockerSocket: string): Promise<readonly Driver[]> =>
  [
    createDockerDriver({ socket: dockerSocket }),
    createDockerImageDriver({ socket: dockerSocket }),
    createWireguardDriver(await detectWireguard(exec)),
    createOvsDriver(),
    createVxlanDriver(),
    createNicDriver(),
  ] as readonly Driver[]

/** What Open vSwitch can do on this host. Rejects with TOOL_MISSING. */
export const detectBridge = async (exec: Exec) => ({
  datapath: await detectDatapath(exec),
  txOffload: await detectTxOffload(exec),
})

/** Runs argv in a container to its end, at most 10 minutes. */
export const execInWorkload = (socket: string, containerId: string, argv: readonly string[]) =>
  execInContainer({ socket, container: containerId, argv, timeoutMs: 600_000 })
