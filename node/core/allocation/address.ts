import { MeshError } from '../model/errors.ts'

/** Overlay network unless another was asked for at bootstrap. */
export const DEFAULT_OVERLAY_CIDR = '10.213.0.0/16'

/** Network of management addresses unless another was asked for at bootstrap: containerlab's. */
export const DEFAULT_MGMT_CIDR = '172.20.20.0/24'

/** Low 24 bits of our MAC addresses. */
export const MAC_RANGE = [1, 0xff_ff_ff] as const

/** `aa:c1:ab`, containerlab's prefix: locally administered and unicast, IEEE 802-2014 §8.2. */
const MAC_PREFIX = 'aa:c1:ab'

/** A number from the `mac` pool as an address. */
export function formatMac(value: number): string {
  const digits = value.toString(16).padStart(6, '0')
  return `${MAC_PREFIX}:${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}`
}

/** The inverse of {@link formatMac}; undefined for an address that is none of ours. */
export function parseMac(text: string): number | undefined {
  const low = /^aa:c1:ab((?::[0-9a-f]{2}){3})$/.exec(text)?.[1]
  return low === undefined ? undefined : Number.parseInt(low.replaceAll(':', ''), 16)
}

/** An IPv4 address as a number, most significant octet first; undefined where the text is none. */
export function parseIpv4(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined
  const octets = text.split('.').map(Number)
  return octets.every((octet) => octet <= 255) ? octets.reduce((sum, octet) => sum * 256 + octet, 0) : undefined
}

/** The inverse of {@link parseIpv4}. */
export const formatIpv4 = (value: number): string =>
  [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.')

/** What is wrong with an IPv4 network in CIDR form, in words; undefined where it is one with room for two hosts. */
export function networkProblem(cidr: string): string | undefined {
  const { first, bits } = readCidr(cidr)
  if (first === undefined || !(bits >= 8 && bits <= 30)) {
    return `The network '${cidr}' is not an IPv4 network such as ${DEFAULT_OVERLAY_CIDR}.`
  }
  const inside = first % 2 ** (32 - bits)
  return inside === 0
    ? undefined
    : `The network '${cidr}' has host bits set; write ${formatIpv4(first - inside)}/${bits}.`
}

function readCidr(cidr: string): { readonly first: number | undefined; readonly bits: number } {
  const [address = '', bits = ''] = cidr.split('/')
  return { first: parseIpv4(address), bits: /^\d{1,2}$/.test(bits) ? Number(bits) : Number.NaN }
}

/** First and last host address of an IPv4 network in CIDR form. Throws BAD_INPUT where it is none with room for two hosts. */
export function hostRange(cidr: string): readonly [from: number, to: number] {
  const { first = 0, bits } = readCidr(cidr)
  const problem = networkProblem(cidr)
  if (problem !== undefined) throw new MeshError('BAD_INPUT', problem, { cidr })
  return [first + 1, first + 2 ** (32 - bits) - 2]
}

/** Addresses of a management network to give out: the first is its gateway's. Throws as {@link hostRange}. */
export function mgmtRange(cidr: string): readonly [from: number, to: number] {
  const [from, to] = hostRange(cidr)
  return [from + 1, to]
}
