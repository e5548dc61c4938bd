import { describe, expect, it } from 'vitest'
import { ownAddresses } from './own-addresses.ts'

const ipv4 = (address: string, bits: number, internal = false) => ({
  address,
  netmask: '',
  family: 'IPv4' as const,
  mac: '02:00:00:00:00:01',
  internal,
  cidr: `${address}/${bits}`,
})
const ipv6 = (address: string, bits: number) => ({
  ...ipv4(address, bits),
  family: 'IPv6' as const,
  scopeid: 0,
})
const HOST = {
  lo: [ipv4('127.0.0.1', 8, true)],
  eth0: [ipv4('192.0.2.5', 24), ipv6('fe80::1', 64)],
  eth1: [ipv4('198.51.100.5', 24), ipv4('198.51.100.6', 24), ipv6('2001:db8:0:1::5', 64)],
  docker0: [ipv4('172.17.0.1', 16)],
}
const of = (secondary: string, ...primary: readonly string[]) => ownAddresses(HOST, { primary, secondary })

describe('the addresses of a host', () => {
  it('are all that reach others, where nothing is told', () => {
    expect(of('')).toEqual({ addresses: ['192.0.2.5', '198.51.100.5', '198.51.100.6', '2001:db8:0:1::5'] })
    expect(of('', '203.0.113.1')).toEqual({ addresses: ['203.0.113.1'] })
  })

  it('are those of the first network, where a second one is told', () => {
    expect(of('198.51.100.5')).toEqual({ addresses: ['192.0.2.5', '2001:db8:0:1::5'], secondary: ['198.51.100.5'] })
    expect(of('2001:db8:0:1::5', '192.0.2.5').secondary).toEqual(['2001:db8:0:1::5'])
    // Behind an address translator the first one is not of this host.
    expect(of('198.51.100.5', '203.0.113.1').addresses).toEqual(['203.0.113.1'])
  })

  it('are one text, however an IPv6 address is written', () => {
    expect(of('2001:0db8::1:0:0:0:5', '192.0.2.5')).toBeDefined()
  })

  it.each([
    ['203.0.113.9', '192.0.2.5', /no address of this host; it has 192.0.2.5, 198/],
    ['198.51.100.6', '198.51.100.5', /on the same network as 198.51.100.5/],
    ['192.0.2.5', '192.0.2.5', /on the same network/],
    ['192.0.2.5', '192.0.2.77', /on the same network/],
    ['172.17.0.9', '192.0.2.5', /no address of this host/],
  ])('refuse %s beside %s', (secondary, primary, message) => expect(() => of(secondary, primary)).toThrow(message))

  it('refuse to be none', () => {
    expect(() => ownAddresses({ lo: HOST.lo }, { primary: [], secondary: '' })).toThrow(/--advertise/)
    expect(() => ownAddresses({ eth1: HOST.eth1.slice(0, 1) }, { primary: [], secondary: '198.51.100.5' })).toThrow(
      /--advertise/,
    )
  })
})
