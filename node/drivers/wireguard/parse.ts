import { MeshError } from '#core/model/errors.ts'
import type { WgInterface, WgPeer } from '#core/model/resource.ts'
import { wgInterfaceId, wgPeerId } from '#core/model/resource-ids.ts'
import { isWgInterface } from '../owner-mark.ts'
import { addressesOf, type IpLink, parseIpLinks } from '../tool-output.ts'

/** What `wg show all dump` told of one interface; the private key is not kept. */
interface DumpedInterface {
  readonly name: string
  readonly publicKey: string
  readonly listenPort: number
}

interface Dump {
  readonly interfaces: ReadonlyMap<string, DumpedInterface>
  readonly peers: readonly WgPeer[]
}

/**
 * Output of `wg show all dump` (wg(8)): TAB-separated, 5 fields for an interface, 9 for a peer. Only our interfaces.
 * Throws TOOL_FAILED, without quoting: the output has private keys in it.
 */
export const parseDump = (output: string): Dump => {
  const rows = output.split('\n').filter((line) => line !== '')
  const ours = rows.map((line) => line.split('\t')).filter(([name]) => isWgInterface(name ?? ''))
  const odd = ours.findIndex((row) => row.length !== 5 && row.length !== 9)
  if (odd !== -1)
    throw new MeshError(
      'TOOL_FAILED',
      `wg show all dump printed a line of ${ours[odd]?.length} fields; 5 or 9 are known`,
    )
  return {
    interfaces: new Map(ours.filter((row) => row.length === 5).map((row) => [row[0] ?? '', interfaceOf(row)])),
    peers: ours.filter((row) => row.length === 9).map(peerOf),
  }
}

const count = (word: string | undefined): number =>
  word === undefined || word === 'off' ? 0 : Number.parseInt(word, 10) || 0
const told = (word: string | undefined): string => (word === undefined || word === '(none)' ? '' : word)

const interfaceOf = ([name = '', , publicKey, listenPort]: readonly string[]): DumpedInterface => ({
  name,
  publicKey: told(publicKey),
  listenPort: count(listenPort),
})

const peerOf = ([
  name = '',
  publicKey = '',
  ,
  endpoint,
  allowedIps,
  handshake,
  ,
  ,
  keepalive,
]: readonly string[]): WgPeer => ({
  id: wgPeerId(name, publicKey),
  kind: 'wg-peer',
  needs: [],
  interface: name,
  publicKey,
  endpoint: told(endpoint),
  allowedIps: told(allowedIps) === '' ? [] : told(allowedIps).split(',').toSorted(),
  keepaliveS: count(keepalive),
  lastHandshakeS: count(handshake),
})

/** What of a dump changes only when somebody changes it: not handshakes, counters, and endpoints of peers that roam. Throws TOOL_FAILED. */
export const digestDump = (output: string): string => {
  const { interfaces, peers } = parseDump(output)
  const kept = peers.map((peer) => [peer.id, peer.allowedIps, peer.keepaliveS])
  return JSON.stringify([[...interfaces.values()], kept])
}

/**
 * Our interfaces and their peers, from `wg show all dump` and `ip -j addr show`. A device nobody answers for, or that
 * is down, has a `fault`. `privateKeyFile` cannot be read back and is empty; `publicKey` tells whether the key is right.
 */
export const parseWireguard = (dump: string, addresses: string): readonly (WgInterface | WgPeer)[] => {
  const { interfaces, peers } = parseDump(dump)
  const links = parseIpLinks('ip -j addr show', addresses).filter((link) => isWgInterface(link.ifname))
  const present = new Set(links.map((link) => link.ifname))
  return [
    ...links.map((link) => seenInterface(link, interfaces.get(link.ifname))),
    ...peers.filter((peer) => present.has(peer.interface)),
  ]
}

const seenInterface = (link: IpLink, dumped: DumpedInterface | undefined): WgInterface => {
  const fault = faultOf(link, dumped)
  return {
    id: wgInterfaceId(link.ifname),
    kind: 'wg-interface',
    needs: [],
    name: link.ifname,
    privateKeyFile: '',
    publicKey: dumped?.publicKey ?? '',
    listenPort: dumped?.listenPort ?? 0,
    address: addressesOf(link).find((address) => !address.startsWith('fe80:')) ?? '',
    mtuBytes: link.mtu,
    ...(fault === undefined ? {} : { fault }),
  }
}

const faultOf = (link: IpLink, dumped: DumpedInterface | undefined): string | undefined => {
  if (dumped === undefined) return `no WireGuard answers for ${link.ifname}`
  return link.flags.includes('UP') ? undefined : `${link.ifname} is down`
}
