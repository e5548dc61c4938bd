import { type Pass, Reconciler, type ReconcilerOptions } from '#agent/host/reconciler.ts'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Image, Resource, WgInterface, WgPeer, Workload } from '#core/model/resource.ts'
import { imageId, wgInterfaceId, wgPeerId, workloadId } from '#core/model/resource-ids.ts'
import type { Driver } from '#drivers/driver.ts'
import { createLogger } from '#platform/log.ts'
import { type ToyHost, toyHost } from './toy-host.ts'
import { pass, virtualClock } from './virtual-time.ts'

/** Between two looks nobody asked for. */
export const SWEEP_MS = 30_000

/** An image that is wanted. */
export const image = (name: string): Image => ({ kind: 'image', id: imageId(name), needs: [], name })
/** The interface `peer` needs. */
export const tunnel: WgInterface = {
  kind: 'wg-interface',
  id: wgInterfaceId('wg'),
  needs: [],
  name: 'wg',
  privateKeyFile: '/key',
  publicKey: 'own',
  listenPort: 51_820,
  address: '10.213.0.1/16',
  mtuBytes: 1420,
}
export const peer: WgPeer = {
  kind: 'wg-peer',
  id: wgPeerId('wg', 'other'),
  needs: [tunnel.id],
  interface: 'wg',
  publicKey: 'other',
  endpoint: '192.0.2.2:51820',
  allowedIps: ['10.213.0.2/32'],
  keepaliveS: 25,
}
/** A container of lab `one`, of the image `alpine`. */
export const workload = (node: string): Workload => ({
  kind: 'workload',
  id: workloadId('one' as LabName, node as NodeName),
  needs: [imageId('alpine')],
  provider: 'docker',
  lab: 'one' as LabName,
  node: node as NodeName,
  containerName: `clab-one-${node}`,
  spec: { image: 'alpine', hostname: node, env: {}, labels: {}, sysctls: {}, binds: [], ports: [] },
  specHash: 'h',
  state: 'running',
})

export interface Bench {
  readonly host: ToyHost
  readonly passes: Pass[]
  readonly reconciler: Reconciler
  wanted: readonly Resource[]
}

/** A reconciler of a toy host, in virtual time. */
export const bench = (wanted: readonly Resource[], options: Partial<ReconcilerOptions> = {}): Bench => {
  const host = toyHost()
  const passes: Pass[] = []
  const reconciler = new Reconciler({
    drivers: host.drivers,
    exec: host.exec,
    clock: virtualClock,
    log: createLogger({ level: 'silent' }),
    sweepMs: SWEEP_MS,
    prepare: async () => {},
    nextMs: () => undefined,
    wanted: () => world.wanted,
    may: () => true,
    ...options,
    onPass: (look) => {
      passes.push(look)
      options.onPass?.(look)
    },
  })
  const world: Bench = { host, passes, reconciler, wanted }
  return world
}

/** The last pass there was. */
export const last = ({ passes }: Bench): Pass => {
  const found = passes.at(-1)
  if (found === undefined) throw new Error('no pass yet')
  return found
}

/** A driver that does all it is asked for in one step, as those of the switch and of devices do. */
export const inOneStep =
  (driver: Driver): Driver['steps'] =>
  (ops) =>
    ops.length === 0 ? [] : [{ ops, commands: driver.steps(ops).flatMap((step) => step.commands) }]

/** Asks and waits for what can be done at once. */
export const settle = async ({ reconciler }: Bench): Promise<void> => {
  reconciler.trigger()
  await pass(50)
}
