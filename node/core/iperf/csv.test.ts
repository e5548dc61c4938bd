import { expect, it } from 'vitest'
import { toCsv } from './csv.ts'
import { type RowSource, toRow } from './rows.ts'

const iso = (ms: number): string => new Date(ms).toISOString()
const test: RowSource = {
  id: 8,
  exercise: 7,
  source: 'a',
  destination: 'ring/r1',
  state: 'succeeded',
  client: { startedAtMs: 0 },
  result: {
    ...{ receivedBps: 5, sentBps: 6, lossRatio: 0.25, isCpuBound: false, intervals: [], retests: 0 },
    idle: { minMs: 0.3, meanMs: 0.4, maxMs: 0.9 },
  },
}

it('makes rows', () => {
  expect(toRow(test, iso)).toEqual({
    id: 8,
    exercise: 7,
    source: 'a',
    destination: 'ring/r1',
    state: 'succeeded',
    receivedBps: 5,
    sentBps: 6,
    lossRatio: 0.25,
    idleMs: 0.4,
    startedAt: '1970-01-01T00:00:00.000Z',
  })
  expect(toRow({ ...test, params: { tool: 'ping' } }, iso)).toMatchObject({ receivedBps: null, idleMs: 0.4 })
  const { result: _, ...bare } = test
  expect(toRow({ ...bare, client: {}, state: 'failed', error: 'no route' }, iso)).toEqual({
    id: 8,
    exercise: 7,
    source: 'a',
    destination: 'ring/r1',
    state: 'failed',
    receivedBps: null,
    startedAt: null,
    error: 'no route',
  })
})

it('writes CSV as RFC 4180 has it', () => {
  const odd = { ...test, source: 'a,b', error: 'said "no"\nand left' }
  expect(toCsv([toRow(test, iso), toRow(odd, iso)])).toBe(
    [
      'id,exercise,source,destination,state,receivedBps,sentBps,retransmits,jitterMs,lossRatio,idleMs,loadedMs,startedAt,error',
      '8,7,a,ring/r1,succeeded,5,6,,,0.25,0.4,,1970-01-01T00:00:00.000Z,',
      '8,7,"a,b",ring/r1,succeeded,5,6,,,0.25,0.4,,1970-01-01T00:00:00.000Z,"said ""no""\nand left"',
      '',
    ].join('\r\n'),
  )
  expect(toCsv([])).toMatch(/^id,.*error\r\n$/)
})

it('writes nothing that a spreadsheet would run', () => {
  for (const error of ['=1+1', '+1', '-1', '@x', '\t=1'])
    expect(toCsv([toRow({ ...test, error }, iso)])).toContain(`,'${error}\r\n`)
  expect(toCsv([toRow({ ...test, error: 'a=1' }, iso)])).toContain(',a=1\r\n')
})
