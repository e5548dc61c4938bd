/** An MTU in bytes; `9000 (1370 whole)` where larger packets than the path carries go in pieces. */
export const mtuText = (mtu: number | null, pathMtu: number | undefined): string | null => {
  if (mtu === null) return null
  return pathMtu === undefined || mtu <= pathMtu ? String(mtu) : `${mtu} (${pathMtu} whole)`
}
