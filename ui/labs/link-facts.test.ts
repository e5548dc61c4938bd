import { describe, expect, it } from 'vitest'
import type { LinkView } from '#agent/port.ts'
import { linkFacts, tunnelQuarrel } from './link-facts.ts'

const seen = { vni: 10104, vlan: 12, mtu: 9000, remotes: ['10.1.0.2'] }
const LINK: LinkView = {
  id: 'r1:eth1--r2:eth1',
  state: 'error',
  vni: 10104,
  mtu: 9000,
  endpoints: [
    {
      node: 'r1',
      interface: 'e1-1',
      host: 'a',
      mac: 'aa:c1:ab:00:00:01',
      vlan: 12,
      vendor: 'ethernet-1/1',
      bridge: 'skein0',
      port: 'skn0',
      seen: { vlan: 7, mtu: 9000, mac: null, carrier: true },
    },
    { node: 'r2', interface: 'eth1', host: 'b', mac: null, vlan: 13 },
  ],
  tunnels: [
    { host: 'a', vlan: 12, seen },
    { host: 'b', vlan: 13, seen: null },
  ],
}

describe('what is known of a link', () => {
  it('stands beside what it is to be, and what differs is marked', () => {
    const [r1, r2, a, b] = linkFacts(LINK)
    expect(r1?.names).toEqual([
      ['OVS port', 'skn0 of skein0'],
      ['Linux', 'e1-1'],
      ['vendor', 'ethernet-1/1'],
    ])
    expect(r1?.facts.map(({ name, wanted, seen, isOff }) => [name, wanted, seen, isOff])).toEqual([
      ['VLAN tag', '12', '7', true],
      ['MTU', '9000', '9000', false],
      ['MAC', 'aa:c1:ab:00:00:01', null, false],
      ['carrier', 'yes', 'yes', false],
    ])
    expect(r2?.facts.every((fact) => fact.seen === null && !fact.isOff)).toBe(true)
    expect(a?.facts.map((fact) => fact.seen)).toEqual(['10104', '12', '9000', '10.1.0.2'])
    expect(b?.facts.map((fact) => fact.seen)).toEqual([null, null, null, null])
  })

  it('tells where tunnel ends carry other numbers', () => {
    expect(tunnelQuarrel(LINK)).toBeUndefined()
    const tunnels = [
      { host: 'b', vlan: 1, seen },
      { host: 'c', vlan: 1, seen: { ...seen, vni: 10114 } },
    ]
    expect(tunnelQuarrel({ ...LINK, tunnels })).toBe('VNI 10104 on b, 10114 on c')
  })
})
