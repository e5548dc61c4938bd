import { parseNetwork } from '../allocation/ip.ts'
import { innerForm, isOtherForm, masterOf } from '../model/nic-form.ts'
import type {
  Bridge,
  Nic,
  Outlet,
  Port,
  Resource,
  Vtep,
  WgInterface,
  WgPeer,
  Wire,
  Workload,
} from '../model/resource.ts'
import { missingCidrs, plainCidr, presentCidrs, sameMembers } from './same.ts'
import { shaperDifferences } from './shaper.ts'
import { hasEnded } from './stages.ts'

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
  if (wanted.kind === 'wire' && seen.kind === 'wire') return wire(wanted, seen)
  if (wanted.kind === 'nic' && seen.kind === 'nic') return nic(wanted, seen)
  if (wanted.kind === 'port' && seen.kind === 'port') return port(wanted, seen)
  if (wanted.kind === 'shaper' && seen.kind === 'shaper') return shaperDifferences(wanted, seen)
  if (wanted.kind === 'vtep' && seen.kind === 'vtep') return vtep(wanted, seen)
  if (wanted.kind === 'wg-interface' && seen.kind === 'wg-interface') return wgInterface(wanted, seen)
  if (wanted.kind === 'outlet' && seen.kind === 'outlet') return outlet(wanted, seen)
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
    .map((field) => ({
      fix,
      reason:
        field === 'up'
          ? wanted[field] === false
            ? 'is up, down is asked for'
            : 'is down'
          : `${WORDS[field] ?? field} is ${show(seen[field])}, ${show(wanted[field])} is wanted`,
    }))
}

/** Fields as people know them. */
const WORDS: Readonly<Record<string, string>> = {
  vlan: 'VLAN tag',
  vni: 'VNI',
  mac: 'MAC address',
  mtuBytes: 'MTU',
  txOffload: 'checksum offload',
  local: 'local address',
  publicKey: 'public key',
  listenPort: 'UDP port',
  keepaliveS: 'keepalive',
  containerName: 'name',
  number: 'port number',
}

function show(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return value === '' ? 'empty' : String(value)
}

function workload(wanted: Workload, seen: Workload): readonly Difference[] {
  return [
    ...changed('remake', wanted, seen, ['containerName', 'provider']),
    ...(wanted.specHash === seen.specHash ? [] : [{ fix: 'remake', reason: 'its specification changed' } as const]),
    ...joins(wanted, seen),
    ...(seen.state === 'running' || hasEnded(wanted, seen)
      ? []
      : [{ fix: 'update', reason: `start: it is ${seen.state}` } as const]),
  ]
}

/** Who shares a namespace loses it when its owner starts again. Nothing can be said while the owner does not run. */
function joins(wanted: Workload, seen: Workload): readonly Difference[] {
  const owner = wanted.joins
  if (owner === undefined) return []
  const isOther = seen.joins !== undefined && seen.joins.containerId !== owner.containerId
  const isOlder = seen.state === 'running' && isBefore(seen.startedAt, owner.startedAt)
  return isOther || isOlder ? [{ fix: 'remake', reason: 'the node whose network it shares was started again' }] : []
}

/** RFC 3339 in UTC sorts as text, fractions of a second apart: `…56Z` and `…56.1Z`. */
const isBefore = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a.replace('Z', '') < b.replace('Z', '')

const bridge = (wanted: Bridge, seen: Bridge): readonly Difference[] => [
  ...changed('remake', wanted, seen, ['datapath']),
  ...(seen.changed === undefined ? [] : [{ fix: 'update', reason: seen.changed } as const]),
  ...(wanted.isSwitch === seen.isSwitch ? [] : [{ fix: 'update', reason: 'its flows were changed' } as const]),
]

const wire = (wanted: Wire, seen: Wire): readonly Difference[] => [
  ...changed('remake', wanted, seen, ['bridge']),
  ...(seen.changed === undefined ? [] : [{ fix: 'update', reason: seen.changed } as const]),
]

/** A `pid` of 0 is wanted while the workload does not run: then nothing can be said of the namespace. */
function nic(wanted: Nic, seen: Nic): readonly Difference[] {
  const restarted = wanted.pid !== 0 && wanted.pid !== seen.pid
  const missing = missingCidrs(wanted.addresses, seen.addresses)
  return [
    ...changed('remake', wanted, seen, ['hostName', 'name']),
    ...form(wanted, seen),
    ...(restarted ? [{ fix: 'remake', reason: 'its container was started again' } as const] : []),
    ...(wanted.way === undefined ? [] : former(wanted, seen)),
    ...(wanted.mac === '' || wanted.mac.toLowerCase() === seen.mac.toLowerCase()
      ? []
      : changed('update', wanted, seen, ['mac'])),
    ...changed('update', wanted, seen, [
      ...(wanted.mtuBytes === 0 ? [] : (['mtuBytes'] as const)),
      ...offload(wanted),
      'up',
    ]),
    ...(missing.length === 0 ? [] : [{ fix: 'update', reason: `address ${missing.join(', ')} is missing` } as const]),
    ...dropped(wanted, seen),
  ]
}

function dropped({ notAddresses = [] }: Nic, seen: Nic): readonly Difference[] {
  const there = presentCidrs(notAddresses, seen.addresses)
  return there.length === 0 ? [] : [{ fix: 'update', reason: `address ${there.join(', ')} is no longer asked for` }]
}

/** An address that a node had in its management network may be another node's now. */
function former(wanted: Nic, seen: Nic): readonly Difference[] {
  const networks = wanted.addresses.map(parseNetwork)
  const old = missingCidrs(seen.addresses, wanted.addresses).filter((address) => {
    const network = parseNetwork(address)
    return (
      network !== undefined && networks.some((one) => one?.value === network.value && one.prefix === network.prefix)
    )
  })
  return old.length === 0 ? [] : [{ fix: 'remake', reason: `address ${old.join(', ')} is no longer its own` }]
}

/** A device inside a node is no port of ours: what it leaves to others is theirs. */
const offload = (nic: Nic): readonly 'txOffload'[] => (innerForm(nic) === undefined ? ['txOffload'] : [])

function form(wanted: Nic, seen: Nic): readonly Difference[] {
  if (isOtherForm(wanted.form, seen.form)) return [{ fix: 'remake', reason: 'is another kind of device' }]
  const [to, from] = [masterOf(wanted), masterOf(seen)]
  return to === from
    ? []
    : [
        {
          fix: 'update',
          reason: `is in ${from ?? 'no'} bridge, ${to === undefined ? 'none' : `bridge ${to}`} is wanted`,
        },
      ]
}

const port = (wanted: Port, seen: Port): readonly Difference[] => [
  ...changed('remake', wanted, seen, ['bridge', 'device']),
  ...(wanted.number === undefined ? [] : changed('remake', wanted, seen, ['number'])),
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

function outlet(wanted: Outlet, seen: Outlet): readonly Difference[] {
  const text = ({ networks }: Outlet): string => networks.map(({ network }) => network).join(', ')
  return [
    ...(JSON.stringify(wanted.networks) === JSON.stringify(seen.networks)
      ? []
      : [{ fix: 'update', reason: `it is for ${text(seen)}, ${text(wanted)} are wanted` } as const]),
    ...(seen.forwards ? [] : [{ fix: 'update', reason: 'forwarding of IPv4 is off' } as const]),
  ]
}

const wgInterface = (wanted: WgInterface, seen: WgInterface): readonly Difference[] => [
  ...changed('update', wanted, seen, ['publicKey', 'listenPort', 'mtuBytes']),
  ...(plainCidr(wanted.address) === plainCidr(seen.address) ? [] : changed('update', wanted, seen, ['address'])),
]

/**
 * An endpoint that was ever heard from is left alone: the peer may have roamed, and WireGuard follows it by itself. But one that is the
 * peer's address on the other path did not roam.
 */
function wgPeer(wanted: WgPeer, seen: WgPeer): readonly Difference[] {
  const allowed = sameMembers(wanted.allowedIps.map(plainCidr), seen.allowedIps.map(plainCidr))
  const isUnheard = seen.endpoint === '' || seen.endpoint === '(none)' || (seen.lastHandshakeS ?? 0) === 0
  const isOther = wanted.notEndpoints?.includes(seen.endpoint) === true
  return [
    ...(allowed
      ? []
      : [{ fix: 'update', reason: `allows ${list(seen.allowedIps)}, ${list(wanted.allowedIps)} is wanted` } as const]),
    ...changed('update', wanted, seen, ['keepaliveS']),
    ...((isUnheard || isOther) && wanted.endpoint !== '' ? changed('update', wanted, seen, ['endpoint']) : []),
  ]
}

const list = (items: readonly string[]): string => (items.length === 0 ? 'nothing' : items.join(', '))
