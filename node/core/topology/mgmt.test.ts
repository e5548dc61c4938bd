import { describe, expect, it } from 'vitest'
import { readTopology } from './read.ts'

const lab = (mgmt: string, node = '') => ({
  text: `name: a\n${mgmt}\ntopology:\n  nodes:\n    r1: {kind: linux, image: x${node}}\n    r2: {kind: linux, image: x}\n`,
})
const read = (mgmt: string, node?: string) => {
  const { intent, problems } = readTopology(lab(mgmt, node))
  return { wish: intent?.mgmt, problems: problems.map(({ line, message }) => `${line} ${message}`) }
}

describe('mgmt', () => {
  it('says only what is written', () => {
    expect(read('mgmt: {}')).toEqual({ wish: undefined, problems: [] })
    expect(read('')).toEqual({ wish: undefined, problems: [] })
    expect(read('mgmt: {ipv4-subnet: auto, external-access: true, mtu: 0, bridge: br-x, driver-opts: {a: b}}')).toEqual(
      { wish: {}, problems: [] },
    )
    const all =
      'mgmt: {network: n, ipv4-subnet: 172.30.0.0/24, ipv6-subnet: "3fff::/64", ipv4-gw: 172.30.0.9, ipv6-gw: "3fff::9"'
    expect(
      read(`${all}, ipv4-range: 172.30.0.128/25, ipv6-range: "3fff::/80", mtu: 1400, external-access: false}`),
    ).toEqual({
      wish: {
        network: 'n',
        ipv4Subnet: '172.30.0.0/24',
        ipv4Gw: '172.30.0.9',
        ipv4Range: '172.30.0.128/25',
        ipv6Subnet: '3fff::/64',
        ipv6Gw: '3fff::9',
        ipv6Range: '3fff::/80',
        mtuBytes: 1400,
        externalAccess: false,
      },
      problems: [],
    })
  })

  it.each([
    ['network: "a/b"', /`network` of `mgmt` cannot be `a\/b`/],
    ['ipv4-subnet: 172.30.0.1/24', /host bits set; write it as in `172\.20\.20\.0\/24`/],
    ['ipv4-subnet: 3fff::/64', /it is no IPv4 network/],
    ['ipv4-subnet: 172.30.0.0/30', /too small/],
    ['ipv4-subnet: 0.0.0.0/0', /too large/],
    ['ipv6-subnet: 172.30.0.0/24', /it is no IPv6 network/],
    ['ipv4-gw: 172.30.0.0/24', /without prefix length/],
    ['ipv4-subnet: 172.30.0.0/24, ipv4-gw: 172.31.0.1', /the gateway `172\.31\.0\.1` is not in the subnet/],
    ['ipv4-subnet: 172.30.0.0/24, ipv4-range: 172.31.0.0/25', /the range `172\.31\.0\.0\/25` is not in the subnet/],
    ['mtu: 100', /`mtu` of `mgmt` must be a whole number of bytes from 1280/],
    ['external-access: perhaps', /must be `true` or `false`/],
    ['ipv4_subnet: 172.30.0.0/24', /`ipv4_subnet` is written `ipv4-subnet`/],
  ])('%s is a mistake', (text, message) =>
    expect(read(`mgmt: {${text}}`).problems).toEqual([expect.stringMatching(message)]),
  )

  it('is held against the addresses of the nodes', () => {
    const at = (address: string) =>
      read('mgmt: {ipv4-subnet: 172.30.0.0/24, ipv4-gw: 172.30.0.9}', `, mgmt-ipv4: ${address}`).problems
    expect(at('172.30.0.8')).toEqual([])
    expect(at('172.30.0.9')).toEqual([expect.stringMatching(/^5 .* is the address of the gateway already/)])
    expect(at('172.31.0.8')).toEqual([expect.stringMatching(/is not in the subnet of `mgmt`/)])
    const twice =
      'name: a\ntopology:\n  nodes:\n    r1: {kind: linux, image: x, mgmt-ipv6: "3fff:172:20:20::5"}\n    r2: {kind: linux, image: x, mgmt-ipv6: "3fff:172:20:20:0::5"}\n'
    expect(readTopology({ text: twice }).problems.map(({ message }) => message)).toEqual([
      '`3fff:172:20:20:0::5` is the address of node `r1` already; write another',
    ])
  })
})
