const WRITTEN = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i

/** Why a text cannot be the MAC address of an interface; undefined where it can. */
export function macProblem(text: string): string | undefined {
  if (!WRITTEN.test(text)) return 'is not a MAC address; write it as in 02:00:00:00:00:01'
  const plain = plainMac(text)
  if (plain === '00:00:00:00:00:00') return 'is no address of an interface'
  // The lowest bit of the first octet marks groups, IEEE 802-2014 §8.2.
  return Number.parseInt(plain.slice(0, 2), 16) % 2 === 1 ? 'is an address of a group, not of an interface' : undefined
}

/** A MAC address as the kernel writes it. */
export const plainMac = (text: string): string => text.toLowerCase().replaceAll('-', ':')
