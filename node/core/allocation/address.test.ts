import { describe, expect, it } from 'vitest'
import { MeshError } from '../model/errors.ts'
import type { HostId } from '../model/ids.ts'
import { formatIpv4, formatMac, hostRange, MAC_RANGE, parseIpv4 } from './address.ts'
import { poolHost, portPoolName, vlanPoolName } from './port.ts'

describe('addresses', () => {
  it.each([
    [1, 'aa:c1:ab:00:00:01'],
    [0x0a_0b_0c, 'aa:c1:ab:0a:0b:0c'],
    [MAC_RANGE[1], 'aa:c1:ab:ff:ff:ff'],
  ])('writes MAC %i as %s', (value, text) => expect(formatMac(value)).toBe(text))

  it.each(['0.0.0.0', '10.213.0.1', '255.255.255.254'])('reads back %s', (text) =>
    expect(formatIpv4(parseIpv4(text) ?? -1)).toBe(text),
  )

  it('gives the hosts of a network, without its own address and the broadcast', () => {
    expect(hostRange('10.213.0.0/16').map(formatIpv4)).toEqual(['10.213.0.1', '10.213.255.254'])
    expect(hostRange('192.0.2.4/30').map(formatIpv4)).toEqual(['192.0.2.5', '192.0.2.6'])
  })

  it.each(['', '10.0.0.0', '10.0.0.0/33', '10.0.0.0/31', '10.0.0.1/16', '300.0.0.0/16', 'fd00::/64', '10.0.0.0/x'])(
    'refuses the network %j',
    (cidr) => expect(() => hostRange(cidr)).toThrow(MeshError),
  )

  it('names pools of a host and finds the host again', () => {
    const host = 'H1' as HostId
    expect([vlanPoolName(host), portPoolName(host)].map(poolHost)).toEqual([host, host])
    expect(poolHost('vni')).toBeUndefined()
  })
})
