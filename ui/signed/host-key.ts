const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/**
 * The ed25519 public key a host's id stands for; undefined where it is no such id. An id is base58btc of an identity multihash (00, length 36) of a
 * protobuf of the key: type ed25519 (08 01), 32 bytes (12 20 …): https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md
 */
export function publicKeyOf(hostId: string): Uint8Array | undefined {
  const bytes = fromBase58(hostId)
  const head = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20]
  if (bytes?.length !== 38 || head.some((byte, at) => bytes[at] !== byte)) return undefined
  return bytes.slice(6)
}

function fromBase58(text: string): Uint8Array | undefined {
  if (text.length > 64) return undefined
  let value = 0n
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter)
    if (digit < 0) return undefined
    value = value * 58n + BigInt(digit)
  }
  const zeros = /^1*/.exec(text)?.[0].length ?? 0
  const digits: number[] = []
  for (; value > 0n; value >>= 8n) digits.unshift(Number(value & 255n))
  return Uint8Array.from([...Array.from({ length: zeros }, () => 0), ...digits])
}
