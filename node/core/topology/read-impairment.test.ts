import { describe, expect, it } from 'vitest'
import { readTopology, type TopologyResult } from './read.ts'

const lab = (links: string): TopologyResult =>
  readTopology({
    text: `name: a
topology:
  nodes:
    r1: {kind: linux, image: x}
    r2: {kind: linux, image: x}
  links:
${links}`,
  })
const impairments = (links: string) => {
  const { problems, intent } = lab(links)
  expect(problems).toEqual([])
  return intent?.links[0]?.impairments
}
const errors = (links: string): readonly string[] =>
  lab(links).problems.map(({ line, message }) => `${line}: ${message}`)

describe('impairments in a lab file', () => {
  it('of a link are of all its ends', () => {
    const all = { delayMs: 10, jitterMs: 2, lossPercent: 1, corruptPercent: 0.1, rateBps: 10_000_000 }
    expect(
      impairments(
        '  - endpoints: [r1:eth1, r2:eth1]\n    impairment: {delay: 10ms, jitter: 2ms, loss: 1%, corrupt: 0.1%, rate: 10mbit, down: no}',
      ),
    ).toEqual({ 'r1:eth1': all, 'r2:eth1': all })
  })

  it('of an end are of that end, over those of its link', () => {
    expect(
      impairments(
        '  - endpoints: [{node: r1, interface: eth1, impairment: {loss: 5%}}, {node: r2, interface: eth1}]\n    impairment: {loss: 1, flap: 5s/10s}',
      ),
    ).toEqual({
      'r1:eth1': { lossPercent: 5, flap: { downMs: 5_000, upMs: 10_000 } },
      'r2:eth1': { lossPercent: 1, flap: { downMs: 5_000, upMs: 10_000 } },
    })
  })

  it('may stand in `vars`, where containerlab lets them pass', () => {
    expect(impairments('  - endpoints: [r1:eth1, r2:eth1]\n    vars: {impairment: {down: true}, x: 1}')).toEqual({
      'r1:eth1': { down: true },
      'r2:eth1': { down: true },
    })
  })

  it('that say nothing are none', () => {
    expect(impairments('  - endpoints: [r1:eth1, r2:eth1]\n    impairment: {down: false, delay: ""}')).toBeUndefined()
  })

  it('tell every mistake', () => {
    const text =
      '  - endpoints: [r1:eth1, r2:eth1]\n    impairment:\n      delay: 10\n      loss: 200%\n      rate: fast\n      down: maybe\n      flap: 5s\n      latency: 1ms'
    expect(errors(text)).toEqual(
      [
        expect.stringMatching(/^9: .*10ms/),
        expect.stringMatching(/^10: .*100%/),
        expect.stringMatching(/^11: .*10mbit/),
        expect.stringMatching(/^12: .*true/),
        expect.stringMatching(/^13: .*5s\/10s/),
        expect.stringMatching(/^14: .*`delay`/),
      ].toSorted(),
    )
  })

  it('need a delay for a jitter, and a cable', () => {
    expect(errors('  - endpoints: [r1:eth1, r2:eth1]\n    impairment: {jitter: 1ms}')).toEqual([
      expect.stringContaining('`delay`'),
    ])
    expect(errors('  - {type: dummy, endpoint: {node: r1, interface: eth1}, impairment: {down: true}}')).toEqual([
      expect.stringContaining('no cable'),
    ])
  })
})
