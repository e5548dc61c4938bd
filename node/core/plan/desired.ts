import type { HostId } from '../model/ids.ts'
import { own } from '../model/own.ts'
import type { RosterEntry } from '../model/record.ts'
import type { Bridge, Resource, WgInterface, WgPeer } from '../model/resource.ts'
import { bridgeId, wgInterfaceId, wgPeerId } from '../model/resource-ids.ts'
import { OVERLAY_PREFIX_BITS, UNDERLAY_MTU_BYTES, wireguardMtuBytes } from '../model/units.ts'
import { compareText } from '../record/version.ts'
import type { DesiredInput } from './desired-input.ts'
import { labResources } from './desired-lab.ts'
import { mgmtResources } from './desired-mgmt.ts'

export type { DesiredInput, WantedLab } from './desired-input.ts'

/**
 * WireGuard sends something to every peer this often. wg(8) takes 25 s to keep address translators open; where one takes another port or
 * address, this is also how long peers send to the old one.
 */
const KEEPALIVE_S = 15

/** Everything this host must have: the bridge and the WireGuard mesh, and its part of each lab. */
export function desired(input: DesiredInput): readonly Resource[] {
  const all = [
    bridge(input),
    wgInterface(input),
    ...wgPeers(input),
    ...mgmtResources(input),
    ...input.labs.flatMap((lab) => labResources(lab, input)),
  ]
  return [...new Map(all.toSorted(byFetching).map((resource) => [resource.id, resource])).values()]
}

/** Of one image that some nodes let be fetched and others do not, the last counts. */
const byFetching = (a: Resource, b: Resource): number => Number(mayFetch(a)) - Number(mayFetch(b))
const mayFetch = (resource: Resource): boolean => resource.kind !== 'image' || resource.mayFetch !== false

const bridge = ({ bridge: { name, datapath } }: DesiredInput): Bridge => ({
  kind: 'bridge',
  id: bridgeId(name),
  needs: [],
  name,
  datapath,
  isSwitch: true,
})

function wgInterface(input: DesiredInput): WgInterface {
  const { wg, host } = input
  return {
    kind: 'wg-interface',
    id: wgInterfaceId(wg.interface),
    needs: [],
    name: wg.interface,
    privateKeyFile: wg.privateKeyFile,
    publicKey: wg.publicKey,
    listenPort: wg.listenPort,
    address: `${host.overlayAddress}/${wg.prefixBits ?? OVERLAY_PREFIX_BITS}`,
    mtuBytes: wireguardMtuBytes(underlayOf(input)),
  }
}

/**
 * What the own network carries, and those of the hosts that tunnels lead to, as far as they told: what is larger goes in pieces, and on a
 * network that carries less than the own a piece that fills the own would be lost without a word.
 */
function underlayOf({ self, labs, underlayMtu }: DesiredInput): number {
  const partners = labs
    .flatMap(({ assignment }) => Object.values(assignment.segments))
    .filter(({ vni, vlans }) => vni !== null && own(vlans, self) !== undefined)
    .flatMap(({ vlans }) => Object.keys(vlans) as HostId[])
  const told = [...new Set([self, ...partners])].flatMap((host) => underlayMtu?.(host) ?? [])
  return told.length === 0 ? UNDERLAY_MTU_BYTES : Math.min(...told)
}

const wgPeers = (input: DesiredInput): readonly WgPeer[] =>
  input.roster
    .filter(({ id, state }) => state === 'admitted' && id !== input.self)
    .map((peer) => wgPeer(peer, input.wg))
    .sort((a, b) => compareText(a.id, b.id))

function wgPeer(peer: RosterEntry, { interface: name, path, formerEndpoints }: DesiredInput['wg']): WgPeer {
  const [primary, secondary] = [endpointOf(peer, peer.addresses[0]), endpointOf(peer, peer.secondary?.[0])]
  const chosen = path?.(peer.id)
  const endpoint = chosen === 'secondary' ? secondary : primary
  const known = [...(chosen === undefined ? [] : [primary, secondary]), ...(formerEndpoints?.(peer.id) ?? [])]
  const notEndpoints = [...new Set(known)].filter((one) => one !== '' && one !== endpoint)
  return {
    kind: 'wg-peer',
    id: wgPeerId(name, peer.wgPublicKey),
    needs: [wgInterfaceId(name)],
    interface: name,
    publicKey: peer.wgPublicKey,
    endpoint,
    ...(notEndpoints.length === 0 ? {} : { notEndpoints }),
    allowedIps: [`${peer.overlayAddress}/32`],
    keepaliveS: KEEPALIVE_S,
  }
}

/** As wg(8) writes it; empty where the peer told no address: then it is the one that calls. */
export function endpointOf({ wgPort }: Pick<RosterEntry, 'wgPort'>, address: string | undefined): string {
  if (address === undefined) return ''
  return address.includes(':') ? `[${address}]:${wgPort}` : `${address}:${wgPort}`
}
