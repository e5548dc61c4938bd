import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import type { RecordKind, SignedRecord } from '#core/model/record.ts'
import { readTopology } from '#core/topology/read.ts'
import { isBodyReadable } from './bodies.ts'

const AUTHOR = '12D3KooWHost' as HostId
const FRR01 = new URL('../integration/testdata/frr01/frr01.clab.yml', import.meta.url)

const record = (
  kind: RecordKind,
  key: string,
  body: unknown,
  version: SignedRecord['version'] = [1, 2, 'a'],
): SignedRecord => ({ kind, key, author: AUTHOR, fresh: [1, 1, 1], version, expiresAtMs: 0, body, signature: '' })

const lab = readTopology({ text: readFileSync(FRR01, 'utf8') }).intent
const answer = {
  lab: 'frr01',
  intentVersion: '1',
  hosts: { a: AUTHOR },
  segments: { s: { vni: null, vlans: { [AUTHOR]: 1 }, mtuBytes: 1500 } },
  macs: {},
  epoch: 1,
  term: 1,
  index: 1,
}
const status = { lab: 'frr01', intentVersion: '1', index: 1, nodes: [], ends: [], vteps: [], notes: [] }
const roster = { meshId: 'm', epoch: 1, term: 1, index: 1, voters: [AUTHOR], hosts: [] }

test.each([
  ['a lab', record('intent', 'frr01', lab)],
  ['the end of a lab', record('intent', 'frr01', null)],
  ['an answer', record('assignment', 'frr01', answer)],
  ['an answer withdrawn', record('assignment', 'frr01', null)],
  ['a status', record('status', `${AUTHOR}/frr01`, status)],
  ['nothing left', record('status', `${AUTHOR}/frr01`, null)],
  ['refusals', record('status', `${AUTHOR}/`, { frr01: { code: 'X', message: 'y', intentVersion: '1' } })],
  ['a heartbeat', record('heartbeat', AUTHOR, { v: '0.1.0', cpu: 1, mem: 2 })],
  ['a roster', record('roster', 'mesh', roster)],
  ['events', record('events', AUTHOR, { after: [1, 4], events: [[1, 5, 9, 'info', 'LINK_UP', 'x', null, 'y']] }, [])],
  ['fields of a later version', record('heartbeat', AUTHOR, { v: '9', cpu: 1, mem: 2, later: [] })],
])('%s can be read', (_, good) => {
  expect(isBodyReadable(good)).toBe(true)
})

test.each([
  ['a lab of another name', record('intent', 'other', lab)],
  ['a lab that is only a name', record('intent', 'frr01', { name: 'frr01' })],
  ['a lab whose clock is none', record('intent', 'frr01', lab, [1, 'x', 'a'])],
  ['a lab without version', record('intent', 'frr01', lab, [])],
  ['a link to no segment', record('intent', 'frr01', { ...lab, segments: [] })],
  ['ends at no node', record('intent', 'frr01', { ...lab, nodes: [] })],
  [
    'a file outside',
    record('intent', 'frr01', { ...lab, files: [{ path: 'a/../../b', sha256: '', sizeBytes: 0, mode: 0 }] }),
  ],
  ['an answer for another lab', record('assignment', 'x', answer)],
  ['an answer without numbers', record('assignment', 'frr01', { ...answer, segments: { s: {} } })],
  ['events of nothing', record('events', AUTHOR, null, [])],
  ['events out of order', record('events', AUTHOR, { after: [1, 5], events: [[1, 5, 9, 'info', 'LINK_UP', 'x']] }, [])],
  ['a heartbeat of nothing', record('heartbeat', AUTHOR, null)],
  ['an answer that stands above its own epoch', record('assignment', 'frr01', answer, [2, 1, 1])],
  ['a roster that stands above its own epoch', record('roster', 'mesh', roster, [2, 1, 1])],
  ['a roster of nothing', record('roster', 'mesh', null)],
  ['a roster whose hosts are none', record('roster', 'mesh', { ...roster, hosts: [{}] })],
])('%s cannot', (_, bad) => {
  expect(isBodyReadable(bad)).toBe(false)
})

test('whatever the body, there is an answer', () => {
  const kinds = fc.constantFrom<RecordKind>('heartbeat', 'events', 'status', 'intent', 'assignment', 'roster')
  const any = fc.tuple(kinds, fc.string(), fc.jsonValue())
  fc.assert(
    fc.property(any, ([kind, key, body]) => {
      expect(typeof isBodyReadable(record(kind, key, body))).toBe('boolean')
    }),
  )
})
