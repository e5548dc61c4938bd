import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKeys } from '#identity/keys.ts'
import { signRecord } from '#identity/sign.ts'
import { FrameError } from './frames.ts'
import { readAnswer, readHello, readWord, recordText } from './join-messages.ts'

const ask = { csr: 'csr', wgPublicKey: 'wg', wgPort: 51820, port: 7000, addresses: ['10.0.0.1', 'fd00::1'] }
const word = { type: 'join', tokenId: 't', ask, proof: 'p' }
const record = signRecord(
  { kind: 'roster', key: 'mesh', version: [1], expiresAtMs: 0, body: {} },
  createKeys(),
  [1, 1, 1],
)

describe('what strangers say', () => {
  it('is read', () => {
    expect(readWord(word)).toEqual(word)
    expect(readWord({ ...word, ask: { ...ask, name: 'b' } })).toMatchObject({ ask: { name: 'b' } })
    expect(readWord({ type: 'introduce', record: recordText(record) })).toEqual({ type: 'introduce', record })
    expect(readHello({ nonce: 'n', ca: 'c', certificate: 'd' })).toEqual({ nonce: 'n', ca: 'c', certificate: 'd' })
  })

  it.each([
    ['no address', { ...word, ask: { ...ask, addresses: [] } }],
    ['a name as address', { ...word, ask: { ...ask, addresses: ['example.org'] } }],
    ['a bad host name', { ...word, ask: { ...ask, name: 'A B' } }],
    ['a port beyond 65535', { ...word, ask: { ...ask, port: 65_536 } }],
    ['a long request', { ...word, ask: { ...ask, csr: 'x'.repeat(8193) } }],
    ['no proof', { ...word, proof: '' }],
    ['a damaged record', { type: 'introduce', record: recordText(record).slice(1) }],
    ['another word', { type: 'leave' }],
  ])('is refused: %s', (_, value) => {
    expect(() => readWord(value)).toThrow(FrameError)
  })

  it('never throws anything but FrameError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const read of [readWord, readHello, readAnswer])
          try {
            read(value)
          } catch (error) {
            expect(error).toBeInstanceOf(FrameError)
          }
      }),
    )
  })
})
