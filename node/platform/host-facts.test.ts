import { expect, test } from 'vitest'
import { mtuAt } from './host-facts.ts'

const address = (of: string) => ({
  address: of,
  netmask: '255.255.255.0',
  family: 'IPv4' as const,
  mac: '02:00:00:00:00:01',
  internal: false,
  cidr: `${of}/24`,
})
const interfaces = { eth0: [address('192.0.2.1')], eth1: [address('198.51.100.1')], docker0: [address('172.17.0.1')] }
const mtus: Readonly<Record<string, string>> = { eth0: '9000\n', eth1: '1500\n', docker0: '576\n' }

test.each([
  [['192.0.2.1'], 9000],
  [['192.0.2.1', '198.51.100.1'], 1500],
  [['203.0.113.9'], undefined],
  [[], undefined],
])('the MTU at %j', (addresses, expected) => {
  expect(mtuAt(addresses, interfaces, (name) => mtus[name] ?? '')).toBe(expected)
})

test('loopback has one on this machine', () => {
  expect(mtuAt(['127.0.0.1'])).toBeGreaterThan(1000)
})
