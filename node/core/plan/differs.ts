import type { Bridge, Nic, Port, Resource, Vtep, WgInterface, WgPeer, Workload } from '../model/resource.ts'
import { missingCidrs, plainCidr, sameMembers } from './same.ts'

/** What a difference takes: a change in place, or away with it and made again in a later pass. */
export interface Difference {
  readonly fix: 'update' | 'remake'
  readonly reason: string
}

/**
 * How what was read back differs from what is wanted, or undefined where it does not. Fields only one side can know are left
 * out. The first difference that takes a remake wins over one that can be changed in place.
 */
export function differs(wanted: Resource, seen: Resource): Difference | undefined {
  const found = compare(wanted, seen)
  return found.find(({ fix }) => fix === 'remake') ?? found[0]
}

function compare(wanted: Resource, seen: Resource): readonly Difference[] {
  if (wanted.kind === 'workload' && seen.kind === 'workload') return workload(wanted, seen)
  if (wanted.kind === 'bridge' && seen.kind === 'bridge') return bridge(wanted, seen)
  if (wanted.kind === 'nic' && seen.kind === 'nic') return nic(wanted, seen)
  if (wanted.kind === 'port' && seen.kind === 'port') return port(wanted, seen)
  if (wanted.kind === 'vtep' && seen.kind === 'vtep') return vtep(wanted, seen)
  if (wanted.kind === 'wg-interface' && seen.kind === 'wg-interface') return wgInterface(wanted, seen)
  if (wanted.kind === 'wg-peer' && seen.kind === 'wg-peer') return wgPeer(wanted, seen)
  return wanted.kind === seen.kind ? [] : [{ fix: 'remake', reason: `is a ${seen.kind}, a ${wanted.kind} is wanted` }]
}

/** One difference for each of `fields` that is not equal. */
function changed<R extends Resource>(
  fix: Difference['fix'],
  wanted: R,
  ...rest: [seen: R, fields: readonly (keyof R & string)[]]
): readonly Difference[] {
  const [seen, fields] = rest
  return fields
    .filter((field) => wanted[field] !== seen[field])
    .map((field) => ({ fix, reason: `${field} is ${show(seen[field])}, ${show(wanted[field])} is wanted` }))
}

const show = (value: unknown): string => (value === '' ? 'empty' : String(value))

function workload(wanted: Workload, seen: Workload): readonly Difference[] {
  return [
    ...changed('remake', wanted, seen, ['containerName', 'provider']),
    ...(wanted.specHash === seen.specHash ? [] : [{ fix: 'remake', reason: 'its specification changed' } as const]),
    ...(seen.state === 'running' ? [] : [{ fix: 'update', reason: `start: it is ${seen.state}` } as const]),
  ]
}

const bridge = (wanted: Bridge, seen: Bridge): readonly Difference[] => [
  ...changed('remake', wanted, seen, ['datapath']),
  ...(wanted.isSwitch === seen.isSwitch ? [] : [{ fix: 'update', reason: 'its flows were changed' } as const]),
]

/** A `pid` of 0 is wanted while the workload does not run: then nothing can be said of the namespace. */
function nic(wanted: Nic, seen: Nic): readonly Difference[] {
  const restarted = wanted.pid !== 0 && wanted.pid !== seen.pid
  const missing = missingCidrs(wanted.addresses, seen.addresses)
  return [
    ...changed('remake', wanted, seen, ['hostName', 'name']),
    ...(restarted ? [{ fix: 'remake', reason: 'its container was started again' } as const] : []),
    ...(wanted.mac.toLowerCase() === seen.mac.toLowerCase() ? [] : changed('update', wanted, seen, ['mac'])),
    ...changed('update', wanted, seen, ['mtuBytes', 'txOffload', 'up']),
    ...(missing.length === 0 ? [] : [{ fix: 'update', reason: `address ${missing.join(', ')} is missing` } as const]),
  ]
}

const port = (wanted: Port, seen: Port): readonly Difference[] => [
  ...changed('remake', wanted, seen, ['bridge', 'device']),
  ...changed('update', wanted, seen, ['vlan', 'owner']),
]

function vtep(wanted: Vtep, seen: Vtep): readonly Difference[] {
  const remotes = sameMembers(wanted.remotes, seen.remotes)
  return [
    ...changed('remake', wanted, seen, ['device', 'vni', 'local', 'port', 'learning']),
    ...(remotes
      ? []
      : [{ fix: 'update', reason: `floods to ${list(seen.remotes)}, ${list(wanted.remotes)} is wanted` } as const]),
    ...changed('update', wanted, seen, ['mtuBytes', 'up']),
  ]
}

const wgInterface = (wanted: WgInterface, seen: WgInterface): readonly Difference[] => [
  ...changed('update', wanted, seen, ['publicKey', 'listenPort', 'mtuBytes']),
  ...(plainCidr(wanted.address) === plainCidr(seen.address) ? [] : changed('update', wanted, seen, ['address'])),
]

/** An endpoint that was ever heard from is left alone: the peer may have roamed, and WireGuard follows it by itself. */
function wgPeer(wanted: WgPeer, seen: WgPeer): readonly Difference[] {
  const allowed = sameMembers(wanted.allowedIps.map(plainCidr), seen.allowedIps.map(plainCidr))
  const isUnheard = seen.endpoint === '' || seen.endpoint === '(none)' || (seen.lastHandshakeS ?? 0) === 0
  return [
    ...(allowed
      ? []
      : [{ fix: 'update', reason: `allows ${list(seen.allowedIps)}, ${list(wanted.allowedIps)} is wanted` } as const]),
    ...changed('update', wanted, seen, ['keepaliveS']),
    ...(isUnheard && wanted.endpoint !== '' ? changed('update', wanted, seen, ['endpoint']) : []),
  ]
}

const list = (items: readonly string[]): string => (items.length === 0 ? 'nothing' : items.join(', '))
