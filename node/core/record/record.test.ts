import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HostId } from '../model/ids.ts'
import { MAX_RECORD_BYTES, type RecordKind, type SignedRecord } from '../model/record.ts'
import { canonical, MAX_DEPTH, signingBytes } from './canonical.ts'
import { decodeRecord } from './decode.ts'
import { compareDigests, digestOf, fingerprint } from './digest.ts'
import { encodeRecord } from './encode.ts'
import { isExpired, isTombstone, TOMBSTONE_MS, tombstone } from './expire.ts'
import { checkFresh, type FreshTable, withFresh } from './freshness.ts'
import { compareRecords, merge } from './merge.ts'
import { compareVersions, intentVersion } from './version.ts'

const A = `12D3KooW${'A'.repeat(44)}` as HostId
const B = `12D3KooW${'B'.repeat(44)}` as HostId

const record = (fields: Partial<SignedRecord> = {}): SignedRecord => ({
  kind: 'intent',
  key: 'lab1',
  author: A,
  fresh: [1, 2, 3],
  version: [1],
  expiresAtMs: 0,
  body: { x: 1 },
  signature: `${'s'.repeat(85)}A`,
  ...fields,
})

const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const codeOf = (value: Uint8Array): string => {
  const decoded = decodeRecord(value)
  return decoded.type === 'fault' ? decoded.code : 'ok'
}
const wire = (fields: Partial<SignedRecord> = {}): unknown[] =>
  JSON.parse(new TextDecoder().decode(encodeRecord(record(fields))))
const json = fc.jsonValue({ maxDepth: 4 }).map((value): unknown => JSON.parse(JSON.stringify(value)))
const records = fc.record({
  kind: fc.constantFrom<RecordKind>('heartbeat', 'events', 'status', 'intent', 'assignment', 'roster'),
  key: fc.constantFrom(A, `${A}/lab1`, 'lab1', B, `${B}/x`),
  author: fc.constantFrom(A, B),
  fresh: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)),
  version: fc.array(fc.oneof(fc.nat(3), fc.constantFrom('a', 'b')), { maxLength: 3 }),
  expiresAtMs: fc.nat(),
  body: json,
  signature: fc.constantFrom(`${'a'.repeat(85)}A`, `${'b'.repeat(85)}Q`, `${'b'.repeat(85)}w`),
})

describe('canonical', () => {
  it('does not depend on the order of keys and leaves out what is undefined', () => {
    expect(canonical({ b: [{ z: 1, a: null }], a: 'ü', c: undefined })).toBe('{"a":"ü","b":[{"a":null,"z":1}]}')
  })

  it('refuses to recurse for ever', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(MAX_DEPTH + 2)}${']'.repeat(MAX_DEPTH + 2)}`)
    expect(() => canonical(deep)).toThrow(RangeError)
  })

  it('signs every field', () => {
    const text = (fields: Partial<SignedRecord>) => new TextDecoder().decode(signingBytes(record(fields)))
    expect(text({})).toBe(`skein-record-1\n["intent","lab1","${A}",[1,2,3],[1],0,{"x":1}]`)
    for (const other of [
      { key: 'l' },
      { author: B },
      { kind: 'roster' as const },
      { fresh: [1, 2, 4] as const },
      { version: [2] },
      { expiresAtMs: 1 },
      { body: 1 },
    ])
      expect(text(other)).not.toBe(text({}))
  })
})

describe('encode and decode', () => {
  it('give back any record', () => {
    fc.assert(
      fc.property(records, (some) => {
        expect(decodeRecord(encodeRecord(some))).toEqual({ type: 'record', record: some })
      }),
      { numRuns: 300 },
    )
  })

  it('never throw on mutated bytes, and never read a record in two encodings', () => {
    const mutated = fc.tuple(records, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([some, at, byte]) => {
      const encoded = encodeRecord(some)
      encoded[at % encoded.length] = byte
      return encoded
    })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (raw) => {
        const decoded = decodeRecord(raw)
        if (decoded.type === 'record') expect(encodeRecord(decoded.record)).toEqual(raw)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['empty', bytes(''), 'MALFORMED'],
    ['an object', bytes({}), 'MALFORMED'],
    ['not UTF-8', new Uint8Array([0xff, 0xfe]), 'MALFORMED'],
    ['too large', new Uint8Array(MAX_RECORD_BYTES + 1), 'TOO_LARGE'],
    [
      'too large for what is sent all the time',
      bytes(wire({ kind: 'heartbeat', key: A }).with(6, 'x'.repeat(65_536))),
      'TOO_LARGE',
    ],
    ['deeply nested', bytes(`${'['.repeat(20_000)}${']'.repeat(20_000)}`), 'MALFORMED'],
    ['white space', bytes(` ${JSON.stringify(wire())}`), 'NOT_CANONICAL'],
    ['a key that could be shorter', bytes(wire({ key: A }).with(1, A)), 'NOT_CANONICAL'],
    ['a kind to come', bytes(wire().with(0, 'z')), 'KIND_UNKNOWN'],
    ['one field too many', bytes([...wire(), 1]), 'MALFORMED'],
    ['a long key', bytes(wire().with(1, 'k'.repeat(201))), 'MALFORMED'],
    ['no key', bytes(wire().with(1, '')), 'MALFORMED'],
    ['a bad author', bytes(wire().with(2, 'x')), 'MALFORMED'],
    ['a negative counter', bytes(wire().with(3, [1, 1, -1])), 'MALFORMED'],
    ['a fraction as counter', bytes(wire().with(3, [1, 1, 0.5])), 'MALFORMED'],
    ['a version of objects', bytes(wire().with(4, [{}])), 'MALFORMED'],
    ['a short signature', bytes(wire().with(7, 'abc')), 'MALFORMED'],
  ])('refuse %s', (_, raw, code) => {
    expect(codeOf(raw)).toBe(code)
  })

  it('may be of a large lab', () => {
    const decoded = decodeRecord(encodeRecord(record({ kind: 'assignment', body: 'x'.repeat(1_000_000) })))
    expect(decoded.type).toBe('record')
  })

  it('keep a heartbeat below 320 bytes', () => {
    const body = { v: '10.20.30', leader: B, term: 99_999, cpu: 12_800, mem: 1_048_576, all: [12_800, 1_048_576] }
    const heartbeat = record({ kind: 'heartbeat', key: A, fresh: [9, 9_999, 9_999_999], version: [], body })
    expect(encodeRecord(heartbeat).length).toBeLessThan(320)
  })
})

describe('versions', () => {
  it.each([
    [[1], [2], -1],
    [[2, 'a'], [2, 'b'], -1],
    [[2, 10], [2, 9], 1],
    [[2], [2, 0], -1],
    [[], [0], -1],
    [[9], ['a'], -1],
    [[1, 'x'], [1, 'x'], 0],
  ])('%j against %j', (a, b, order) => {
    expect(Math.sign(compareVersions(a, b))).toBe(order)
    expect(Math.sign(compareVersions(b, a))).toBe(order === 0 ? 0 : -order)
  })

  it('join to one string', () => expect(intentVersion([3, 17, 'x'])).toBe('3.17.x'))
})

describe('merge', () => {
  const one = records.map((some) => ({ ...some, kind: 'intent' as const, key: 'k' }))

  it('ends the same in any order', () => {
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), (some) => {
        const forward = some.reduce<SignedRecord | undefined>(merge, undefined)
        const backward = some.toReversed().reduce<SignedRecord | undefined>(merge, undefined)
        expect(forward && backward && compareRecords(forward, backward)).toBe(0)
      }),
    )
  })

  it('lets the version decide for intents and the counters for status', () => {
    const older = { version: [9], fresh: [1, 1, 1] as const }
    const newer = { version: [1], fresh: [1, 2, 0] as const }
    expect(merge(record(older), record(newer))).toMatchObject(older)
    expect(merge(record({ ...older, kind: 'status' }), record({ ...newer, kind: 'status' }))).toMatchObject(newer)
  })
})

describe('freshness', () => {
  it('accepts only what is newer, per author and key', () => {
    const empty: FreshTable = new Map()
    const table = withFresh(empty, record({ fresh: [1, 5, 9] }))
    expect(checkFresh(empty, record())).toBe('accept')
    expect(checkFresh(table, record({ fresh: [1, 5, 9] }))).toBe('old')
    expect(checkFresh(table, record({ fresh: [1, 4, 99] }))).toBe('old')
    expect(checkFresh(table, record({ fresh: [1, 6, 0] }))).toBe('accept')
    expect(checkFresh(table, record({ fresh: [0, 9, 9], author: B }))).toBe('accept')
    expect(withFresh(table, record({ fresh: [1, 1, 1] }))).toBe(table)
  })
})

describe('expiry', () => {
  it('forgets at the end and never where there is none', () => {
    expect(isExpired(record({ expiresAtMs: 100 }), 100)).toBe(true)
    expect(isExpired(record({ expiresAtMs: 100 }), 99)).toBe(false)
    expect(isExpired(record({ expiresAtMs: 0 }), 1e15)).toBe(false)
  })

  it('keeps a deleted lab in mind for seven days', () => {
    const draft = tombstone('lab1', [2], 1000)
    expect(isTombstone(draft)).toBe(true)
    expect(draft.expiresAtMs).toBe(1000 + TOMBSTONE_MS)
    expect(isTombstone(record({ kind: 'status', body: null }))).toBe(false)
  })
})

describe('digest', () => {
  const x = record({ key: 'x', signature: `${'x'.repeat(85)}A` })
  const y = record({ key: 'y', signature: `${'y'.repeat(85)}A` })
  const z = record({ key: 'y', signature: `${'z'.repeat(85)}A` })

  it('finds what differs in both directions', () => {
    expect(compareDigests(digestOf([x, y]), digestOf([z]))).toEqual({
      send: ['intent/x', 'intent/y'],
      want: ['intent/y'],
    })
    expect(compareDigests(digestOf([x, y]), digestOf([y, x]))).toEqual({ send: [], want: [] })
    expect(fingerprint(x)).toHaveLength(16)
  })
})
