import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { SampleResult } from '#core/iperf/combine.ts'
import { decodeIperf, parseIperf } from './parse.ts'

const text = (name: string): string => readFileSync(new URL(`./testdata/${name}`, import.meta.url), 'utf8')
const json = (name: string) => JSON.parse(text(name))
const sample = (name: string, isPartial = false): SampleResult => {
  const parsed = parseIperf(text(name))
  if (parsed.type === 'failed') throw new Error(parsed.message)
  expect(parsed.isPartial).toBe(isPartial)
  return parsed.sample
}

describe('what iperf3 3.12 printed', () => {
  test('TCP: what was received, what it took, and how it went', () => {
    expect(sample('tcp.json')).toMatchObject({
      receivedBps: 8967075679.20885,
      sentBps: 8995965423.123747,
      retransmits: 8,
      rtt: { minMs: 0.215, meanMs: 0.634, maxMs: 1.054 },
      isCpuBound: false,
      intervals: [{ atS: 0 }, { atS: 1.017689, bps: 7322279362.14516, retransmits: 2 }],
    })
    expect(sample('tcp.json')).not.toHaveProperty('lossRatio')
    expect(sample('tcp.json')).not.toHaveProperty('back')
  })

  test('reverse: the same numbers, without round trips, which the other end knows', () => {
    const reverse = sample('reverse.json')
    expect(reverse).toMatchObject({ receivedBps: 11068617358.34114, sentBps: 11085404377.602041, retransmits: 10 })
    expect(reverse).not.toHaveProperty('rtt')
  })

  test('both ways: the way back is told beside it, round trips are those of what this end sent', () => {
    const both = sample('bidir.json')
    expect(both).toMatchObject({ receivedBps: 6635553965.5757, retransmits: 24, rtt: { minMs: 0.449, maxMs: 1.046 } })
    expect(both.back).toEqual({ receivedBps: 6073598810.033975, sentBps: 6103688157.595716, retransmits: 12 })
    expect(sample('udp-bidir.json').back).toMatchObject({ receivedBps: 5111174.214397415, lossRatio: 0 })
  })

  test('several streams: the sum of all', () => {
    expect(sample('parallel.json').receivedBps).toBe(json('parallel.json').end.sum_received.bits_per_second)
  })

  test('UDP: the receiver counts', () => {
    const lossy = sample('udp-loss.json')
    expect(lossy).toMatchObject({ receivedBps: 17889049.761638544, sentBps: 19977057.16124339 })
    expect(lossy.lossRatio).toBeCloseTo(373 / 3570)
    expect(lossy.jitterMs).toBeCloseTo(0.013)
    expect(lossy).not.toHaveProperty('retransmits')
    expect(sample('udp.json').lossRatio).toBe(0)
  })

  test('one that was stopped: as far as this end knows', () => {
    expect(sample('term.json', true)).toMatchObject({ receivedBps: 2423747687.458215, retransmits: 10 })
    expect(sample('term.json', true).intervals).toHaveLength(4)
    expect(sample('reverse-term.json', true)).toMatchObject({
      receivedBps: 12908059034.586857,
      sentBps: 12908059034.586857,
    })
    const udp = sample('udp-term.json', true)
    expect(udp.receivedBps).toBe(20046034.671295624)
    expect(udp).not.toHaveProperty('lossRatio')
    expect(udp).not.toHaveProperty('jitterMs')
  })

  test.each([
    ['refused.json', 'iperf3: unable to connect to server: Connection refused'],
    ['busy.json', 'iperf3: the server is busy running a test. try again later'],
  ])('%s is a failure although it ended with 0', (name, message) => {
    expect(parseIperf(text(name))).toEqual({ type: 'failed', message })
  })
})

describe('other versions', () => {
  test('without what was received, UDP is what was sent less what was lost', () => {
    const report = json('udp-loss.json')
    delete report.end.sum_sent
    delete report.end.sum_received
    const parsed = decodeIperf(report)
    if (parsed.type === 'failed') throw new Error(parsed.message)
    expect(parsed.sample.receivedBps).toBeCloseTo(19977057.16 * (1 - 373 / 3570), 0)
  })

  test('a processor is full at 95 % of a thread; from 3.16 on each stream has one', () => {
    const at = (version: string, percent: number, where = 'host_total') => {
      const report = json('parallel.json')
      report.start.version = version
      report.end.cpu_utilization_percent[where] = percent
      const parsed = decodeIperf(report)
      return parsed.type === 'sample' && parsed.sample.isCpuBound
    }
    expect([at('iperf 3.12', 94.9), at('iperf 3.12', 95), at('iperf 3.12', 99, 'remote_total')]).toEqual([
      false,
      true,
      true,
    ])
    expect([at('iperf 3.16', 99), at('iperf 3.17.1', 286)]).toEqual([false, true])
  })
})

describe('strange output is a failure with its reason', () => {
  test.each([
    ['', /printed nothing/],
    ['iperf3: error - no', /did not print JSON but: iperf3: error/],
    ['{"end":{"sum_received":{"bits_per_second":nan}}}', /did not print JSON/],
    ['{}', /no sums/],
    ['null', /unknown shape/],
    ['[1]', /unknown shape/],
    [
      '{"intervals":[],"end":{"sum_received":{"bits_per_second":1e300}}}',
      /unknown shape \(end.sum_received.bits_per_second/,
    ],
    ['{"end":{"sum_received":{"bits_per_second":"1"}}}', /unknown shape/],
    ['{"end":{"sum_sent":{"retransmits":0.5},"sum_received":{"bits_per_second":1}}}', /sum_sent.retransmits/],
    ['{"intervals":[{"sum":{"retransmits":1e15}}],"end":{"sum_received":{"bits_per_second":1}}}', /sum.retransmits/],
    ['{"end":{"sum_received":{"bits_per_second":null}}}', /no sums/],
    ['{"end":{"sum_received":{"bits_per_second":-5}}}', /no sums/],
    ['{"end":{},"error":"interrupt - the client has terminated"}', /stopped before it measured/],
  ])('%s', (said, message) => {
    expect(parseIperf(said)).toEqual({ type: 'failed', message: expect.stringMatching(message) })
  })
})
