import type { Workload } from '#core/model/resource.ts'
import type { Bytes, Exec } from '#platform/exec.ts'
import { type CaptureWish, capture, checkCapture } from './capture.ts'
import { createDockerDriver, createDockerImageDriver } from './docker/driver.ts'
import { execInContainer } from './docker/exec.ts'
import { createDockerImages } from './docker/images.ts'
import { containerLogs } from './docker/logs.ts'
import { restartCommand } from './docker/restart.ts'
import { createDockerSnapshots } from './docker/snapshots.ts'
import { openContainerTerminal } from './docker/terminal.ts'
import type { Driver, Probe } from './driver.ts'
import type { ImageEngines } from './images.ts'
import type { LogsWish } from './log-lines.ts'
import { canRunLxd, createLxdDriver, createLxdImageDriver, lxdSocket } from './lxd/driver.ts'
import { execInInstance } from './lxd/exec.ts'
import { createLxdImages } from './lxd/images.ts'
import { instanceLogs } from './lxd/logs.ts'
import { restartInstance } from './lxd/restart.ts'
import { createLxdSnapshots } from './lxd/snapshots.ts'
import { openInstanceTerminal } from './lxd/terminal.ts'
import { createNicDriver } from './nic/driver.ts'
import { createOutletDriver } from './outlet/driver.ts'
import { createOutsideDriver, type OutsideOptions } from './outside/driver.ts'
import { detectDatapath, detectTxOffload } from './ovs/detect.ts'
import { createOvsDriver } from './ovs/driver.ts'
import { createShaperDriver } from './shaper/driver.ts'
import type { Snapshots } from './snapshots.ts'
import type { TerminalWish } from './terminal.ts'
import { createVxlanDriver } from './vxlan/driver.ts'
import { createWireguardDriver, detectWireguard } from './wireguard/driver.ts'

/** Every driver of this host. Those of workloads see the namespaces the others look into. `asked`: what labs use here that is not ours. */
export const createDrivers = async (
  exec: Exec,
  dockerSocket: string,
  asked: OutsideOptions['asked'],
): Promise<readonly Driver[]> =>
  [
    createDockerDriver({ socket: dockerSocket }),
    createLxdDriver(),
    createOutsideDriver({ socket: dockerSocket, asked }),
    createDockerImageDriver({ socket: dockerSocket }),
    createLxdImageDriver(),
    createWireguardDriver(await detectWireguard(exec)),
    createOvsDriver(),
    createVxlanDriver(),
    createNicDriver(),
    createOutletDriver(),
    createShaperDriver(),
  ] as readonly Driver[]

export { canFetchImage } from './docker/can-fetch.ts'

/** What Open vSwitch can do on this host. Rejects with TOOL_MISSING. */
export const detectBridge = async (exec: Exec) => ({
  datapath: await detectDatapath(exec),
  txOffload: await detectTxOffload(exec),
})

/** What lab nodes may need of a host that not every host has, at each call. A tool that is there and too busy to answer can what it could. Never rejects. */
export const createCapabilities = (
  exec: Exec,
  lxd: Parameters<typeof canRunLxd>[1] = {},
): (() => Promise<readonly string[]>) => {
  let couldRunLxd = true
  return async () => {
    couldRunLxd = (await canRunLxd(exec, lxd)) ?? couldRunLxd
    return couldRunLxd ? ['lxd'] : []
  }
}

/** What keeps and puts back the lab nodes of each engine of this host. */
export const createSnapshots = (exec: Exec, dockerSocket: string): readonly Snapshots[] => [
  createDockerSnapshots(exec, { socket: dockerSocket }),
  createLxdSnapshots(exec, lxdSocket()),
]

/** Ends a lab node and starts it again, whichever engine runs it. Rejections are MeshError. */
export const restartWorkload = async (exec: Exec, dockerSocket: string, workload: Workload): Promise<void> => {
  if (workload.provider === 'lxd') await restartInstance(exec, lxdSocket(), workload)
  else await exec.run(restartCommand(dockerSocket, workload))
}

/** Docker's own ids; names of LXD instances have at most 63 characters. */
const DOCKER_ID = /^[0-9a-f]{64}$/

/** Runs argv in a container, or in an LXD instance, to its end, at most 10 minutes. `containerId` as the driver saw it. */
export const execInWorkload = (
  socket: string,
  containerId: string,
  { argv, stdin }: { readonly argv: readonly string[]; readonly stdin?: Uint8Array | undefined },
) => {
  const how = { argv, timeoutMs: 600_000, ...(stdin === undefined ? {} : { stdin }) }
  return DOCKER_ID.test(containerId)
    ? execInContainer({ socket, container: containerId, ...how })
    : execInInstance({ socket: lxdSocket(), instance: containerId, ...how })
}

/** Frames and output of lab nodes, for as long as they are read, and terminals in them. `containerId` as the driver saw it. */
export const createStreams = ({ exec, bytes }: { readonly exec: Exec; readonly bytes: Bytes }, socket: string) => ({
  checkCapture: (wish: CaptureWish) => checkCapture(exec, wish),
  capture: (wish: CaptureWish, signal: AbortSignal) => capture(bytes, wish, signal),
  logs: (containerId: string, ...how: [LogsWish, AbortSignal]) =>
    DOCKER_ID.test(containerId)
      ? containerLogs({ socket, exec, bytes }, containerId, ...how)
      : instanceLogs({ socket: lxdSocket(), bytes }, containerId, ...how),
  openTerminal: (containerId: string, wish: TerminalWish) =>
    DOCKER_ID.test(containerId)
      ? openContainerTerminal({ socket, exec }, containerId, wish)
      : openInstanceTerminal({ socket: lxdSocket(), exec }, containerId, wish),
})

/** Images of the engines of this host, to be handed to other hosts. */
export const createImages = (
  { exec, bytes }: { readonly exec: Exec; readonly bytes: Bytes },
  socket: string,
): ImageEngines => ({
  docker: createDockerImages({ socket, exec, bytes }),
  lxd: createLxdImages({ socket: lxdSocket, exec, bytes }),
})

/** What the tool of each driver says of its version, or what is wrong with it, by name of the driver. Never rejects. */
export const probeTools = async (drivers: readonly Driver[], exec: Exec): Promise<Readonly<Record<string, Probe>>> =>
  Object.fromEntries(await Promise.all(drivers.map(async (driver) => [driver.name, await driver.probe(exec)] as const)))
