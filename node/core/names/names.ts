import { formatIp, type Ip, parseIp } from '../allocation/ip.ts'
import { type Answer, encodeName, type Question, TYPE } from '../dns/message.ts'
import type { LabName, NodeName } from '../model/ids.ts'

/** The domain of a mesh. */
export const DOMAIN = 'mesh.local'

/** A lab node in its management network. */
export interface NamedNode {
  readonly lab: LabName
  readonly node: NodeName
  /** Known everywhere: `r1.lab.mesh.local` first, and what its container is called. */
  readonly names: readonly string[]
  /** Known in its lab: its own name and its aliases. */
  readonly short: readonly string[]
  readonly addresses: readonly string[]
  /** It runs, and its end in the network is as it should be. */
  readonly isHealthy: boolean
}

/** A host of the mesh, by its address between hosts. */
export interface NamedHost {
  readonly host: string
  readonly name: string
  readonly address: string
  readonly isHealthy: boolean
}

export interface Names {
  readonly nodes: readonly NamedNode[]
  readonly hosts: readonly NamedHost[]
}

/** `lab.mesh.local` */
export const labDomain = (lab: string): string => `${lab}.${DOMAIN}`.toLowerCase()

/** `r1.lab.mesh.local` */
export const nodeName = (lab: string, node: string): string => `${node}.${lab}.${DOMAIN}`.toLowerCase()

/** `h1.mesh.local` */
export const hostName = (host: string): string => `${host}.${DOMAIN}`

/** What is known of a question: its records, that there are none, or that it is somebody else's to answer. */
export type Found =
  | { readonly type: 'found'; readonly answers: readonly Answer[] }
  | { readonly type: 'unknown' }
  | { readonly type: 'foreign' }

/** Answers for one state of names. */
export class Answers {
  /** By name; a name of the mesh that nobody healthy has is there with nothing. */
  readonly #byName = new Map<string, string[]>()
  readonly #byLab = new Map<string, Map<string, readonly string[]>>()
  /** By the name of `in-addr.arpa` or `ip6.arpa`. */
  readonly #byAddress = new Map<string, string>()
  /** By address, the lab that asks from there. */
  readonly #labs = new Map<string, string>()

  constructor({ nodes, hosts }: Names) {
    for (const node of nodes) this.#addNode(node)
    for (const { name, address, isHealthy } of hosts) this.#add(name, name, isHealthy ? [address] : [])
  }

  /** `from`: the address that asks; short names are those of its lab. */
  answer({ name, type }: Question, from: string): Found {
    const pointer = this.#byAddress.get(name)
    if (pointer !== undefined) return found(type === TYPE.PTR || type === TYPE.ANY ? [pointerTo(pointer)] : [])
    const lab = this.#labs.get(plain(from))
    const addresses = this.#byName.get(name) ?? (lab === undefined ? undefined : this.#byLab.get(lab)?.get(name))
    if (addresses === undefined) return { type: name === DOMAIN || name.endsWith(`.${DOMAIN}`) ? 'unknown' : 'foreign' }
    if (addresses.length === 0) return { type: 'unknown' }
    return found(addresses.flatMap((address) => addressAnswer(address, type)))
  }

  #addNode(node: NamedNode): void {
    const { lab, names, short, isHealthy, addresses } = node
    const [first = ''] = names
    const told = isHealthy ? addresses : []
    for (const name of names) this.#add(name.toLowerCase(), first, told)
    const ofLab = this.#byLab.get(lab) ?? new Map<string, readonly string[]>()
    for (const name of short) if (!ofLab.has(name.toLowerCase())) ofLab.set(name.toLowerCase(), told)
    this.#byLab.set(lab, ofLab)
    for (const address of addresses) this.#labs.set(plain(address), lab)
  }

  #add(name: string, canonical: string, addresses: readonly string[]): void {
    this.#byName.set(name, [...(this.#byName.get(name) ?? []), ...addresses])
    for (const address of addresses)
      if (!this.#byAddress.has(reverseName(address))) this.#byAddress.set(reverseName(address), canonical)
  }
}

const found = (answers: readonly Answer[]): Found => ({ type: 'found', answers })

/** IPv4 as sockets of both families tell it: `::ffff:172.20.20.2`. */
function plain(address: string): string {
  const text = address.replace(/^::ffff:(?=\d+\.)/i, '')
  const ip = parseIp(text)
  return ip === undefined ? text : formatIp(ip)
}

function addressAnswer(address: string, type: number): readonly Answer[] {
  const ip = parseIp(address)
  const own = ip?.bits === 32 ? TYPE.A : TYPE.AAAA
  return ip === undefined || (type !== own && type !== TYPE.ANY) ? [] : [{ type: own, data: bytesOf(ip) }]
}

const bytesOf = ({ bits, value }: Ip): Uint8Array =>
  Uint8Array.from({ length: bits / 8 }, (_, at) => Number((value >> BigInt(bits - 8 - 8 * at)) & 255n))

const pointerTo = (name: string): Answer => ({ type: TYPE.PTR, data: encodeName(name) })

/** The name that stands for an address, RFC 1035 §3.5 and RFC 3596 §2.5; empty where the text is none. */
export function reverseName(address: string): string {
  const ip = parseIp(address)
  if (ip === undefined) return ''
  const octets = [...bytesOf(ip)]
  if (ip.bits === 32) return `${octets.toReversed().join('.')}.in-addr.arpa`
  const nibbles = octets.flatMap((octet) => [octet >> 4, octet & 15]).map((nibble) => nibble.toString(16))
  return `${nibbles.toReversed().join('.')}.ip6.arpa`
}
