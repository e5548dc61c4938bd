import { formatIpv4, parseIpv4 } from './address.ts'

/** An address as a number. */
export interface Ip {
  readonly bits: 32 | 128
  readonly value: bigint
}

/** A network: its first address, and how long its prefix is. */
export interface Network extends Ip {
  readonly prefix: number
}

/** An IPv4 or IPv6 address (RFC 4291 §2.2, no zone); undefined where the text is none. */
export function parseIp(text: string): Ip | undefined {
  const four = parseIpv4(text)
  if (four !== undefined) return { bits: 32, value: BigInt(four) }
  const groups = text.length > 45 || !text.includes(':') ? undefined : groupsOf(text.toLowerCase())
  if (groups === undefined) return undefined
  return { bits: 128, value: groups.reduce((sum, group) => (sum << 16n) + BigInt(group), 0n) }
}

function groupsOf(text: string): readonly number[] | undefined {
  const halves = withoutDots(text).split('::')
  if (halves.length > 2) return undefined
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const zeros = 8 - left.length - right.length
  if (halves.length === 1 ? zeros !== 0 : zeros < 1) return undefined
  const words = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return words.every((word) => /^[0-9a-f]{1,4}$/.test(word))
    ? words.map((word) => Number.parseInt(word, 16))
    : undefined
}

/** The last two groups may be written as IPv4. */
function withoutDots(text: string): string {
  const [, start, dotted] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? []
  const value = dotted === undefined ? undefined : parseIpv4(dotted)
  return start === undefined || value === undefined
    ? text
    : `${start}${(value >>> 16).toString(16)}:${(value & 0xff_ff).toString(16)}`
}

/** The inverse of {@link parseIp}; IPv6 as RFC 5952 §4 wants it. */
export function formatIp({ bits, value }: Ip): string {
  if (bits === 32) return formatIpv4(Number(value))
  const groups = Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(112 - 16 * at)) & 0xff_ffn))
  const { start, length } = longestZeros(groups)
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  return length < 2 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}

function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start += 1) {
    const end = groups.findIndex((group, at) => at >= start && group !== 0)
    const length = (end < 0 ? groups.length : end) - start
    if (length > best.length) best = { start, length }
  }
  return best
}

/** A network in CIDR form, or that of an address with prefix length; undefined where the text is neither. */
export function parseNetwork(cidr: string): Network | undefined {
  const [address = '', prefix = '', ...rest] = cidr.split('/')
  const ip = parseIp(address)
  if (ip === undefined || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > ip.bits)
    return undefined
  const host = BigInt(ip.bits - Number(prefix))
  return { ...ip, value: (ip.value >> host) << host, prefix: Number(prefix) }
}

/** In CIDR form. */
export const formatNetwork = (network: Network): string => `${formatIp(network)}/${network.prefix}`

/** How many addresses a network has. */
export const sizeOf = ({ bits, prefix }: Network): bigint => 1n << BigInt(bits - prefix)

/** Whether an address is one of a network. */
export const isIn = (ip: Ip, network: Network): boolean =>
  ip.bits === network.bits && ip.value >= network.value && ip.value < network.value + sizeOf(network)

/** Whether two networks have an address in common. */
export const overlaps = (a: Network, b: Network): boolean => isIn(a, b) || isIn(b, a)

/** The address `offset` after the first of a network. */
export const addressAt = (network: Network, offset: bigint): Ip => ({
  bits: network.bits,
  value: network.value + offset,
})
