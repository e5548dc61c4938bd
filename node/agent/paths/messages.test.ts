import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodePathMessage, encodePathMessage, type PathMessage, senderOf, tagOf } from './messages.ts'

const key = Buffer.alloc(32, 1)
const tag = tagOf('w8mItCEXsOSwSeYdBtYaV52Yr5EV/jR8gDC7dScdCl4=')
const message = fc.record<PathMessage>({
  kind: fc.constantFrom('ask', 'answer'),
  path: fc.constantFrom('primary', 'secondary'),
  told: fc.constantFrom(undefined, 'primary', 'secondary'),
  session: fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  round: fc.nat({ max: 0xff_ff_ff_ff }),
})

it('a message is read as it was written, in 44 bytes', () =>
  fc.assert(
    fc.property(message, (told) => {
      const bytes = encodePathMessage(told, tag, key)
      expect(bytes).toHaveLength(44)
      expect(senderOf(bytes)).toBe(tag)
      expect(decodePathMessage(bytes, key)).toEqual(told)
      expect(decodePathMessage(bytes, Buffer.alloc(32, 2))).toBeUndefined()
    }),
  ))

it('a message with any bit changed is none', () =>
  fc.assert(
    fc.property(message, fc.nat({ max: 43 }), fc.nat({ max: 7 }), (told, at, bit) => {
      const bytes = encodePathMessage(told, tag, key)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
      expect(decodePathMessage(bytes, key)).toBeUndefined()
    }),
  ))

it('any bytes at all are no message', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(decodePathMessage(bytes, key)).toBeUndefined()
      expect(typeof senderOf(bytes) === 'string').toBe(
        bytes.length === 44 && Buffer.from(bytes).toString('latin1', 0, 4) === 'skp1',
      )
    }),
  ))
