/** Why a text is not an address with prefix length, or undefined where it is one. */
export function cidrProblem(text: string, family: 'ipv4' | 'ipv6'): string | undefined {
  const example = family === 'ipv4' ? '10.0.0.1/24' : '2001:db8::1/64'
  const slash = text.indexOf('/')
  if (slash < 0) return `has no prefix length; write it as in ${example}`
  const bits = text.slice(slash + 1)
  const isAddress = family === 'ipv4' ? isIpv4(text.slice(0, slash)) : isIpv6(text.slice(0, slash))
  if (!isAddress) return `is not an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address; write it as in ${example}`
  const max = family === 'ipv4' ? 32 : 128
  return /^(0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= max ? undefined : `has a prefix length outside 0–${max}`
}

/** Dotted decimal, four numbers to 255 without leading zeros. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
}

/** RFC 4291 §2.2, all three forms; no zone. */
export function isIpv6(text: string): boolean {
  if (text.length > 45) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const tail = last.includes('.') && text.endsWith(last)
  if (tail && !isIpv4(last)) return false
  const words = tail ? groups.slice(0, -1) : groups
  if (!words.every((word) => /^[0-9a-fA-F]{1,4}$/.test(word))) return false
  const length = words.length + (tail ? 2 : 0)
  return halves.length === 2 ? length <= 7 : length === 8
}
