import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CODE, decodeQuery, encodeError, encodeName, encodeReply, type Query, TYPE } from './message.ts'

/** A query as a resolver writes it, with EDNS where `edns` is given. */
const query = (name: string, type: number = TYPE.A, edns?: number): Uint8Array => {
  const head = Uint8Array.from([0x12, 0x34, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, edns === undefined ? 0 : 1])
  const tail = Uint8Array.from([0, type, 0, 1])
  const opt = edns === undefined ? [] : [0, 0, TYPE.OPT, edns >> 8, edns & 255, 0, 0, 0, 0, 0, 0]
  return Uint8Array.from([...head, ...encodeName(name), ...tail, ...opt])
}
const read = (bytes: Uint8Array): Query => {
  const decoded = decodeQuery(bytes)
  if ('type' in decoded) throw new Error(decoded.type)
  return decoded
}
/** The counts and flags of an answer, and where its records begin. */
const parts = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer)
  return { id: view.getUint16(0), flags: view.getUint16(2), questions: view.getUint16(4), answers: view.getUint16(6) }
}
const address = { type: TYPE.A, data: Uint8Array.of(172, 20, 20, 2) }

describe('a query', () => {
  it('asks for one name, in whatever case', () => {
    expect(read(query('R1.Lab.mesh.local', TYPE.AAAA))).toEqual({
      id: 0x12_34,
      question: { name: 'r1.lab.mesh.local', type: TYPE.AAAA },
      wantsRecursion: true,
      udpBytes: 512,
    })
    expect(read(query('r1', TYPE.A, 4096)).udpBytes).toBe(1232)
    expect(read(query('r1', TYPE.A, 100)).udpBytes).toBe(512)
    expect(read(query('')).question.name).toBe('')
  })

  it.each([
    ['shorter than a header', new Uint8Array(11), { type: 'silent' }],
    ['too long', new Uint8Array(2000), { type: 'silent' }],
    ['an answer', Uint8Array.from([0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0]), { type: 'silent' }],
    [
      'another operation',
      Uint8Array.from([0, 1, 0x28, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
      { type: 'error', id: 1, code: CODE.notImplemented },
    ],
    [
      'two questions',
      Uint8Array.from([0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]),
      { type: 'error', id: 1, code: CODE.malformed },
    ],
    [
      'a name that points',
      Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]),
      { type: 'error', id: 1, code: CODE.malformed },
    ],
    [
      'a name cut off',
      Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 9, 65]),
      { type: 'error', id: 1, code: CODE.malformed },
    ],
    [
      'a dot in a label',
      Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 97, 46, 98, 0, 0, 1, 0, 1]),
      { type: 'error', id: 1, code: CODE.malformed },
    ],
    [
      'another class',
      Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 3]),
      { type: 'error', id: 1, code: CODE.refused },
    ],
  ])('%s is none', (_what, bytes, expected) => expect(decodeQuery(bytes)).toEqual(expected))

  it('may be anything: it is read or refused, and ends', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1100 }), (bytes) => void decodeQuery(bytes)))
    const mutated = fc.tuple(fc.nat(40), fc.nat(255)).map(([at, value]) => {
      const bytes = query('r1.lab.mesh.local', TYPE.A, 1232)
      bytes[at % bytes.length] = value
      return bytes
    })
    fc.assert(fc.property(mutated, (bytes) => void decodeQuery(bytes)))
  })

  it('has the name that was written', () => {
    const label = fc.stringMatching(/^[a-z0-9_-]{1,63}$/)
    fc.assert(
      fc.property(fc.array(label, { maxLength: 3 }), fc.nat(65_535), (labels, type) => {
        const name = labels.join('.')
        const bytes = query(name)
        const at = bytes.length - 4
        bytes[at] = type >> 8
        bytes[at + 1] = type & 255
        expect(read(bytes).question).toEqual({ name, type })
      }),
    )
  })
})

describe('an answer', () => {
  it('repeats the question, and points to its name', () => {
    const bytes = encodeReply(read(query('r1')), { code: CODE.ok, answers: [address], ttlS: 5 }, 512)
    expect(parts(bytes)).toEqual({ id: 0x12_34, flags: 0x85_80, questions: 1, answers: 1 })
    expect([...bytes.subarray(12)]).toEqual([
      2, 114, 49, 0, 0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 172, 20, 20, 2,
    ])
  })

  it('says that it is cut where it does not fit', () => {
    const many = Array.from({ length: 100 }, () => address)
    const cut = encodeReply(read(query('r1')), { code: CODE.ok, answers: many, ttlS: 5 }, 512)
    expect(cut.length).toBeLessThanOrEqual(512)
    expect(parts(cut)).toMatchObject({ flags: 0x87_80, answers: 30 })
    expect(parts(encodeReply(read(query('r1')), { code: CODE.ok, answers: many, ttlS: 5 }, 65_535))).toMatchObject({
      flags: 0x85_80,
      answers: 100,
    })
  })

  it('of what could not be read is a header', () => {
    expect(parts(encodeError(7, CODE.malformed))).toEqual({ id: 7, flags: 0x80_01, questions: 0, answers: 0 })
  })
})
