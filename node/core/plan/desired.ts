import type { RosterEntry } from '../model/record.ts'
import type { Bridge, Resource, WgInterface, WgPeer } from '../model/resource.ts'
import { bridgeId, wgInterfaceId, wgPeerId } from '../model/resource-ids.ts'
import { OVERLAY_PREFIX_BITS, WIREGUARD_MTU_BYTES } from '../model/units.ts'
import { compareText } from '../record/version.ts'
import type { DesiredInput } from './desired-input.ts'
import { labResources } from './desired-lab.ts'

export type { DesiredInput, WantedLab } from './desired-input.ts'

/** WireGuard sends something to every peer this often, so that address translators between keep the way open: wg(8). */
const KEEPALIVE_S = 25

/** Everything this host must have: the bridge and the WireGuard mesh, and its part of each lab. */
export function desired(input: DesiredInput): readonly Resource[] {
  const all = [
    bridge(input),
    wgInterface(input),
    ...wgPeers(input),
    ...input.labs.flatMap((lab) => labResources(lab, input)),
  ]
  return [...new Map(all.map((resource) => [resource.id, resource])).values()]
}

const bridge = ({ bridge: { name, datapath } }: DesiredInput): Bridge => ({
  kind: 'bridge',
  id: bridgeId(name),
  needs: [],
  name,
  datapath,
  isSwitch: true,
})

function wgInterface({ wg, host }: DesiredInput): WgInterface {
  return {
    kind: 'wg-interface',
    id: wgInterfaceId(wg.interface),
    needs: [],
    name: wg.interface,
    privateKeyFile: wg.privateKeyFile,
    publicKey: wg.publicKey,
    listenPort: wg.listenPort,
    address: `${host.overlayAddress}/${wg.prefixBits ?? OVERLAY_PREFIX_BITS}`,
    mtuBytes: WIREGUARD_MTU_BYTES,
  }
}

const wgPeers = (input: DesiredInput): readonly WgPeer[] =>
  input.roster
    .filter(({ id, state }) => state === 'admitted' && id !== input.self)
    .map((peer) => wgPeer(peer, input.wg.interface))
    .sort((a, b) => compareText(a.id, b.id))

const wgPeer = (peer: RosterEntry, name: string): WgPeer => ({
  kind: 'wg-peer',
  id: wgPeerId(name, peer.wgPublicKey),
  needs: [wgInterfaceId(name)],
  interface: name,
  publicKey: peer.wgPublicKey,
  endpoint: wgEndpoint(peer),
  allowedIps: [`${peer.overlayAddress}/32`],
  keepaliveS: KEEPALIVE_S,
})

/** Empty where the peer told no address: then it is the one that calls. */
function wgEndpoint({ addresses, wgPort }: RosterEntry): string {
  const [address] = addresses
  if (address === undefined) return ''
  return address.includes(':') ? `[${address}]:${wgPort}` : `${address}:${wgPort}`
}
