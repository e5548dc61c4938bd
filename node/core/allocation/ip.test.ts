import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatIp, formatNetwork, isIn, overlaps, parseIp, parseNetwork } from './ip.ts'

const shown = (text: string): string | undefined => {
  const ip = parseIp(text)
  return ip && formatIp(ip)
}

describe('addresses', () => {
  it.each([
    ['172.20.20.2', '172.20.20.2'],
    ['3FFF:172:20:20::5', '3fff:172:20:20::5'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ])('%s is %s', (text, plain) => expect(shown(text)).toBe(plain))

  it.each([
    '',
    '1',
    '256.1.1.1',
    '1.2.3',
    ':1',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'fe80::1%eth0',
    '::1.2.3',
  ])('%s is none', (text) => expect(parseIp(text)).toBeUndefined())

  it('come back as they went', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (value) => {
        expect(parseIp(formatIp({ bits: 128, value }))).toEqual({ bits: 128, value })
      }),
    )
    fc.assert(fc.property(fc.string(), (text) => void parseIp(text)))
  })
})

describe('networks', () => {
  it('lose their host bits', () => {
    const plain = (cidr: string) => {
      const network = parseNetwork(cidr)
      return network && formatNetwork(network)
    }
    expect(plain('172.20.20.9/24')).toBe('172.20.20.0/24')
    expect(plain('3fff:172:20:20::9/64')).toBe('3fff:172:20:20::/64')
    expect(plain('0.0.0.0/0')).toBe('0.0.0.0/0')
    for (const bad of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/08', '::/129', 'x/24', '10.0.0.0/8/8'])
      expect(plain(bad)).toBeUndefined()
  })

  it('overlap where they share an address', () => {
    const both = (a: string, b: string) => {
      const [left, right] = [parseNetwork(a), parseNetwork(b)]
      return left !== undefined && right !== undefined && overlaps(left, right)
    }
    expect(both('172.20.0.0/16', '172.20.20.0/24')).toBe(true)
    expect(both('172.20.20.0/24', '172.20.0.0/16')).toBe(true)
    expect(both('172.20.20.0/24', '172.20.21.0/24')).toBe(false)
    expect(both('::/0', '0.0.0.0/0')).toBe(false)
    const [ip, net] = [parseIp('172.20.20.255'), parseNetwork('172.20.20.0/24')]
    expect(ip && net && isIn(ip, net)).toBe(true)
  })
})
