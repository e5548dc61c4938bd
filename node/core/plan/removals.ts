import type { ResourceId } from '../model/ids.ts'
import { placeOf } from '../model/nic-form.ts'
import type { Nic, Op, Port, Resource, Vtep } from '../model/resource.ts'
import { differs } from './differs.ts'

/** Two sides of one host, by id. */
export interface Sides {
  readonly wanted: ReadonlyMap<ResourceId, Resource>
  readonly seen: ReadonlyMap<ResourceId, Resource>
}

export type Deletion = Extract<Op, { type: 'delete' }>

/** Whether everything `resource` stands on is judged too: a tool that does not answer must not make us tear down what it holds up. */
export const isJudged = (resource: Resource, { wanted }: Sides): boolean => resource.needs.every((id) => wanted.has(id))

/**
 * Everything that must go, and why: what nobody wants (images stay), what is broken or differs in a way that takes a remake,
 * and what stands on something that goes.
 */
export function removals(sides: Sides): ReadonlyMap<ResourceId, Deletion> {
  const going = new Map<ResourceId, Deletion>()
  const add = (from: Resource, reason: string | undefined): void => {
    if (reason !== undefined && !going.has(from.id)) going.set(from.id, { type: 'delete', from, reason })
  }
  for (const resource of sides.seen.values()) if (!isForeign(resource)) add(resource, ownReason(resource, sides))
  for (const resource of sides.seen.values()) if (resource.kind === 'nic') add(resource, workloadGoes(resource, going))
  const view: PortView = { devices: devicesOf(sides.seen), bridges: goingBridges(going), going, sides }
  for (const resource of sides.seen.values()) if (resource.kind === 'port') add(resource, portReason(resource, view))
  return going
}

/** What is not ours to remove. */
const isForeign = ({ kind }: Resource): boolean =>
  kind === 'image' || kind === 'ext-container' || kind === 'host-bridge'

function ownReason(seen: Resource, sides: Sides): string | undefined {
  const wanted = sides.wanted.get(seen.id)
  if (!wanted) return 'no longer wanted'
  if (!isJudged(wanted, sides)) return undefined
  if (seen.fault !== undefined) return `broken: ${seen.fault}`
  const difference = differs(wanted, seen)
  return difference?.fix === 'remake' && !mustStay(wanted, seen, sides) ? difference.reason : undefined
}

/** A node that runs is not taken away before its new image is here: fetching one may take long, or fail. */
const mustStay = (wanted: Resource, seen: Resource, sides: Sides): boolean =>
  wanted.kind === 'workload' &&
  seen.kind === 'workload' &&
  seen.state === 'running' &&
  wanted.needs.some((id) => sides.wanted.get(id)?.kind === 'image' && !sides.seen.has(id))

const workloadGoes = (nic: Nic, going: ReadonlyMap<ResourceId, Deletion>): string | undefined =>
  going.has(nic.workload) ? 'its container is made again' : undefined

type Device = Nic | Vtep

/** Seen nics and vteps by the kernel name their port has. */
const devicesOf = (seen: Sides['seen']): ReadonlyMap<string, Device> =>
  new Map(
    [...seen.values()].flatMap((resource): (readonly [string, Device])[] => {
      if (resource.kind === 'nic') return [[resource.hostName, resource], ...farEnd(resource)]
      return resource.kind === 'vtep' ? [[resource.device, resource]] : []
    }),
  )

/** The other end of a pair of the host alone may be a port too; its number was not read. */
function farEnd(nic: Nic): readonly (readonly [string, Nic])[] {
  const { ifindex: _near, ...rest } = nic
  return placeOf(nic) === 'host' ? [[nic.name, rest]] : []
}

const goingBridges = (going: ReadonlyMap<ResourceId, Deletion>): ReadonlySet<string> =>
  new Set([...going.values()].flatMap(({ from }) => (from.kind === 'bridge' ? [from.name] : [])))

interface PortView {
  readonly devices: ReadonlyMap<string, Device>
  /** Names of bridges that go. */
  readonly bridges: ReadonlySet<string>
  readonly going: ReadonlyMap<ResourceId, Deletion>
  readonly sides: Sides
}

/** A port whose device was replaced under it carries nothing, although it looks well: openvswitch/ovs-issues#313. */
function portReason(port: Port, { devices, bridges, going, sides }: PortView): string | undefined {
  const wanted = sides.wanted.get(port.id)
  if (!wanted || !isJudged(wanted, sides)) return undefined
  if (bridges.has(port.bridge)) return 'its bridge is made again'
  const device = devices.get(port.device)
  if (!device) return `its device ${port.device} is gone`
  if (going.has(device.id)) return `its device ${port.device} is made again`
  if (device.ifindex === undefined || device.ifindex === port.ifindex) return undefined
  return `attached to a device that is gone: interface ${port.ifindex ?? 'none'}, ${port.device} is ${device.ifindex}`
}
