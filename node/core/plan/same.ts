/** An address with prefix length in one form: IPv6 in lower case with all eight groups, IPv4 as it is. */
export function plainCidr(cidr: string): string {
  const [address = '', bits = ''] = cidr.toLowerCase().split('/')
  return `${address.includes(':') ? expandIpv6(address) : address}/${bits}`
}

/** RFC 4291 §2.2: `::` stands for the groups left out, the last two may be written as IPv4. */
function expandIpv6(address: string): string {
  const [head = '', tail] = withoutDots(address).split('::')
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'))
  const [left, right] = [groups(head), groups(tail ?? '')]
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}

function withoutDots(address: string): string {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  if (!dotted) return address
  const [, start = '', a, b, c, d] = dotted
  const group = (high: string | undefined, low: string | undefined): string =>
    (Number(high) * 256 + Number(low)).toString(16)
  return `${start}${group(a, b)}:${group(c, d)}`
}

/** Those of `wanted` that are not among `seen`, however they are written. */
export function missingCidrs(wanted: readonly string[], seen: readonly string[]): readonly string[] {
  const there = new Set(seen.map(plainCidr))
  return wanted.filter((cidr) => !there.has(plainCidr(cidr)))
}

/** Those of `cidrs` that are among `seen`, however they are written. */
export function presentCidrs(cidrs: readonly string[], seen: readonly string[]): readonly string[] {
  const there = new Set(seen.map(plainCidr))
  return cidrs.filter((cidr) => there.has(plainCidr(cidr)))
}

/** Whether two lists have the same members, in any order. */
export function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [new Set(a), new Set(b)]
  return left.size === right.size && [...left].every((member) => right.has(member))
}
