import { crc32 } from 'node:zlib'
import { MeshError } from '#core/model/errors.ts'

/** JSON with a checksum over the key and the text in front: `<8 hex digits> <json>`; so a torn, turned or swapped value is noticed. */
export const encode = (key: string, value: unknown): string => {
  const json = JSON.stringify(value)
  if (json === undefined) throw new MeshError('BAD_INPUT', `the value of ${key} is no JSON`, { key })
  return `${checksum(key, json)} ${json}`
}

/** Reads what `encode` wrote under this key. Throws MeshError CORRUPT_STORE. */
export const decode = (key: string, text: string): unknown => {
  const json = text.slice(9)
  if (text.slice(0, 9) !== `${checksum(key, json)} `) throw corrupt(key, 'its checksum does not match')
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw corrupt(key, 'it is no JSON', cause)
  }
}

/** The store cannot be trusted; the agent must not guess. */
export const corrupt = (key: string, why: string, cause?: unknown): MeshError =>
  new MeshError('CORRUPT_STORE', `the store is damaged at ${key}: ${why}`, { key }, cause)

const checksum = (key: string, json: string): string => crc32(`${key}\n${json}`).toString(16).padStart(8, '0')
