import { describe, expect, it } from 'vitest'
import type { EndpointKey } from '../model/ids.ts'
import type { LabIntent } from '../model/lab.ts'
import type { Nic } from '../model/resource.ts'
import { desired } from './desired.ts'
import { differs } from './differs.ts'
import { formerAddresses } from './former-addresses.ts'
import { assign, onFirstHost } from './testdata/host.ts'
import { labNode, sampleLab } from './testdata/lab.ts'

const lab = (ipv4?: string, ipv6?: string): LabIntent => {
  const bare = sampleLab('lab', [labNode('r1'), labNode('r2')], [['r1:eth1', 'r2:eth1']])
  const more = { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) }
  const segments = bare.segments.map((segment) => ({
    ...segment,
    endpoints: segment.endpoints.map((end, at) => (at === 0 ? { ...end, ...more } : end)),
  }))
  return { ...bare, segments }
}
const END = 'r1:eth1' as EndpointKey

describe('addresses a lab no longer gives', () => {
  it.each([
    [lab('10.0.0.1/24'), lab('10.0.0.2/24'), { [END]: ['10.0.0.1/24'] }],
    [lab('10.0.0.1/24', 'fd00::1/64'), lab(), { [END]: ['10.0.0.1/24', 'fd00::1/64'] }],
    [lab('10.0.0.1/24'), lab('10.0.0.1/24'), undefined],
    [lab('10.0.0.1/24'), sampleLab('lab', [labNode('r1')], []), undefined],
  ])('are those of ends that go on', (before, after, former) =>
    expect(formerAddresses({ intent: before }, after)).toEqual(former),
  )

  it('are remembered until they are given again', () => {
    const former = formerAddresses({ intent: lab('10.0.0.1/24') }, lab('10.0.0.2/24'))
    const before = { intent: lab('10.0.0.2/24'), ...(former === undefined ? {} : { former }) }
    expect(formerAddresses(before, lab('10.0.0.3/24'))).toEqual({ [END]: ['10.0.0.1/24', '10.0.0.2/24'] })
    expect(formerAddresses(before, lab('10.0.0.1/24'))).toEqual({ [END]: ['10.0.0.2/24'] })
    expect(formerAddresses(undefined, lab())).toBeUndefined()
  })

  it('are taken from the device; others that a node gave itself stay', () => {
    const intent = lab('10.0.0.2/24')
    const former = formerAddresses({ intent: lab('10.0.0.1/24') }, intent)
    const wanted = desired(
      onFirstHost([{ intent, assignment: assign(intent, { r1: 1, r2: 1 }), ...(former && { former }) }]),
    ).find((one): one is Nic => one.kind === 'nic' && one.endpoint === END)
    if (wanted === undefined) throw new Error('no device')
    const seen = (...addresses: readonly string[]) => ({ ...wanted, addresses })
    expect(differs(wanted, seen('10.0.0.2/24', '10.0.0.1/24'))).toEqual({
      fix: 'update',
      reason: 'address 10.0.0.1/24 is no longer asked for',
    })
    expect(differs(wanted, seen('10.0.0.2/24', '192.0.2.1/24'))).toBeUndefined()
  })
})
