import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interfaceName, interfaceNameProblem, vendorName } from './interface-name.ts'
import { NAMING_RULES } from './interface-rules.ts'

/** Kind, as written, Linux name, and what the software inside calls it. */
const NAMES: readonly (readonly [kind: string, written: string, name: string, vendor: string | undefined])[] = [
  ['linux', 'eth1', 'eth1', undefined],
  ['linux', 'Ethernet1', 'Ethernet1', undefined],
  ['srl', 'ethernet-1/1', 'e1-1', 'ethernet-1/1'],
  ['nokia_srlinux', 'e1-49', 'e1-49', 'ethernet-1/49'],
  ['srl', 'ethernet-1/3/2', 'e1-3-2', 'ethernet-1/3/2'],
  ['nokia_srsim', '1/1/c3/4', 'e1-1-c3-4', '1/1/c3/4'],
  ['nokia_srsim', '1/x2/3/c4/5', 'e1-x2-3-c4-5', '1/x2/3/c4/5'],
  ['ceos', 'Ethernet1', 'eth1', 'Ethernet1'],
  ['arista_ceos', 'Ethernet3/1', 'eth3_1', 'Ethernet3/1'],
  ['ceos', 'et2', 'et2', 'Ethernet2'],
  ['xrd', 'Gi0-0-0-0', 'Gi0-0-0-0', 'GigabitEthernet0/0/0/0'],
  ['cisco_xrd', 'GigabitEthernet0/0/0/2', 'Gi0-0-0-2', 'GigabitEthernet0/0/0/2'],
  ['cisco_c8000', 'Hu0/0/0/1', 'Hu0_0_0_1', 'Hu0/0/0/1'],
  ['sonic-vs', 'Ethernet0', 'eth1', 'Ethernet0'],
  ['sonic-vs', 'Ethernet8', 'eth3', 'Ethernet8'],
  ['vyosnetworks_vyos', 'eth1', 'eth1', 'eth1'],
  ['vr-vmx', 'ge-0/0/0', 'eth1', 'ge-0/0/0'],
  ['juniper_vjunosswitch', 'et-0/0/4', 'eth5', 'ge-0/0/4'],
  ['juniper_cjunosevolved', 'et-0/0/0', 'eth4', 'et-0/0/0'],
  ['cisco_xrv9k', 'TenGigE0/0/0/1', 'eth2', 'GigabitEthernet0/0/0/1'],
  ['cisco_c8000v', 'GigabitEthernet2', 'eth1', 'GigabitEthernet2'],
  ['cisco_csr1000v', 'Gi3', 'eth2', 'GigabitEthernet3'],
  ['cisco_asav', 'GigabitEthernet0/0', 'eth1', 'GigabitEthernet0/0'],
  ['cisco_cat9kv', 'Gi1/0/1', 'eth1', 'GigabitEthernet1/0/1'],
  ['cisco_n9kv', 'Ethernet1/1', 'eth1', 'Ethernet1/1'],
  ['cisco_iol', 'Ethernet0/1', 'eth1', 'Ethernet0/1'],
  ['cisco_iol', 'e1/2', 'eth6', 'Ethernet1/2'],
  ['mikrotik_ros', 'ether2', 'eth1', 'ether2'],
  ['fortinet_fortigate', 'port2', 'eth1', 'port2'],
  ['nokia_sros', '1/1/1', 'eth1', '1/1/1'],
  ['openbsd', 'vio1', 'eth1', 'vio1'],
]

describe('interfaceName', () => {
  it.each(NAMES)('%s %s is %s', (kind, written, name, vendor) => {
    expect(interfaceName(kind, written)).toEqual(written === name ? { name } : { name, alias: written })
    expect(vendorName(kind, name)).toBe(vendor)
  })

  it.each([
    ['srl', 'ethernet-0/1', /ethernet-1\/1/],
    ['srl', 'eth1', /e1-1/],
    ['ceos', 'Management1', /Ethernet1/],
    ['xrd', 'GigabitEthernet0/0/0/', /Gi0-0-0-X/],
    ['sonic-vs', 'Ethernet2', /Ethernet0/],
    ['cisco_c8000v', 'Gi1', /X from 2/],
    ['cisco_iol', 'Ethernet0/0', /Ethernet0\/1/],
    ['linux', 'ethernet-1/1', /letters, digits/],
    ['linux', 'abcdefghijklmnop', /16 characters/],
  ])('%s has no %s', (kind, written, why) => {
    expect(interfaceName(kind, written)).toEqual({ problem: expect.stringMatching(why) })
  })

  it('whatever is written, a name comes out that Linux takes, and it stands for itself', () => {
    const kind = fc.constantFrom(...NAMING_RULES.flatMap(({ kinds }) => kinds), 'linux')
    const written = fc.oneof(
      fc.string(),
      fc.constantFrom(...NAMES.map(([, text]) => text)),
      fc.stringMatching(/^(Ethernet|eth|ge-0\/0\/|Gi0-0-0-|ethernet-1\/)\d{1,12}$/),
    )
    const check = (of: string, text: string): void => {
      const found = interfaceName(of, text)
      if ('problem' in found) return
      expect(interfaceNameProblem(found.name)).toBeUndefined()
      expect(interfaceName(of, found.name)).toEqual({ name: found.name })
    }
    fc.assert(fc.property(kind, written, check), { numRuns: 1000 })
  })

  it('no kind is in two families', () => {
    const kinds = NAMING_RULES.flatMap((rule) => rule.kinds)
    expect(kinds.filter((kind, i) => kinds.indexOf(kind) !== i)).toEqual([])
  })
})
