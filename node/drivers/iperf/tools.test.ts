import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { DEFAULT_PARAMS, type TestParams } from '#core/model/iperf.ts'
import { clientArgs, inNamespace, pingArgs, serverArgs } from './commands.ts'
import { parsePing } from './ping-parse.ts'
import { parseAddresses, parseRoute } from './reach.ts'
import { missingFor, parseVersion } from './version.ts'

const text = (name: string): string => readFileSync(new URL(`./testdata/${name}`, import.meta.url), 'utf8')
const client = (params: Partial<TestParams>, version: readonly [number, number] = [3, 12]): string =>
  clientArgs({ address: '10.0.0.2', port: 5301, params: { ...DEFAULT_PARAMS, ...params }, version }).args.join(' ')

describe('what tools are started with', () => {
  test('a server for one client', () => {
    const server = (version: readonly [number, number], params: Partial<TestParams> = {}): string =>
      serverArgs({ port: 5301, version, params: { ...DEFAULT_PARAMS, ...params } }).args.join(' ')
    expect(server([3, 12])).toBe('-s -1 -p 5301 -i 1 --forceflush --rcv-timeout 10000')
    expect(server([3, 9])).toBe('-s -1 -p 5301 -i 1 --forceflush')
    expect(server([3, 12], { timeS: 3_600, parallel: 16 })).toContain(' -i 30 ')
  })

  test('a client', () => {
    expect(client({}, [3, 9])).toBe('-c 10.0.0.2 -p 5301 -J -t 10 -i 1 --connect-timeout 5000')
    expect(client({ protocol: 'udp', bitrateBps: 1e6, parallel: 3, isReverse: true })).toBe(
      '-c 10.0.0.2 -p 5301 -J -t 10 -i 1 --connect-timeout 5000 -P 3 -R -u -b 1000000 --rcv-timeout 10000',
    )
    expect(client({ isBidir: true })).toContain('--bidir --rcv-timeout')
    expect(client({})).not.toContain('--rcv-timeout')
  })

  test('intervals are longer where there would be too many', () => {
    const interval = (params: Partial<TestParams>) => / -i (\d+)/.exec(client(params))?.[1]
    expect([interval({ timeS: 120 }), interval({ timeS: 3600 }), interval({ timeS: 60, parallel: 128 })]).toEqual([
      '1',
      '30',
      '2',
    ])
    expect(interval({ timeS: 3600, parallel: 128, isBidir: true })).toBe('0')
  })

  test('ping, and anything in a network namespace', () => {
    const ping = pingArgs({ address: 'fd00::1', seconds: 1 })
    expect([ping.file, ...ping.args].join(' ')).toBe('ping -n -q -i 0.2 -w 1 fd00::1')
    expect(inNamespace(undefined, ping)).toEqual(ping)
    expect(inNamespace(77, ping)).toEqual({ file: 'nsenter', args: ['-t', '77', '-n', '--', 'ping', ...ping.args] })
  })
})

describe('what tools print', () => {
  test('versions of iperf3, and what they cannot do', () => {
    expect(parseVersion('iperf 3.12 (cJSON 1.7.15)\nLinux vm 6.18')).toEqual([3, 12])
    expect(parseVersion('iperf 3.1.3')).toEqual([3, 1])
    expect(parseVersion('iperf version 2.1.8')).toBeUndefined()
    const both = { ...DEFAULT_PARAMS, isBidir: true }
    expect(missingFor([3, 6], both)).toBe('iperf3 3.6 of this host cannot send both ways at once; 3.7 and newer can')
    expect([missingFor([3, 7], both), missingFor([3, 1], DEFAULT_PARAMS), missingFor([4, 0], both)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('sums of ping', () => {
    expect(parsePing(text('ping.txt'))).toEqual({ rtt: { minMs: 0.026, meanMs: 0.035, maxMs: 0.044 }, lossRatio: 0 })
    expect(parsePing(text('ping-busybox.txt'))).toEqual({
      rtt: { minMs: 0.053, meanMs: 0.057, maxMs: 0.061 },
      lossRatio: 0,
    })
    expect(parsePing(text('ping-none.txt'))).toEqual({ lossRatio: 1 })
    expect(parsePing('8 packets transmitted, 6 received, +1 duplicates, 25% packet loss, time 1ms')).toEqual({
      lossRatio: 0.25,
    })
    expect(parsePing('0 packets transmitted, 0 received')).toBeUndefined()
    expect(parsePing('ping: connect: Network is unreachable')).toBeUndefined()
  })

  test('addresses, IPv4 first; of links the filter left out nothing', () => {
    const link = (ifname: string, ...addresses: string[]) => ({
      ...{ ifindex: 1, ifname, flags: ['UP'], mtu: 1500 },
      addr_info: [...addresses.map((local) => ({ local, prefixlen: 24 })), {}],
    })
    const printed = JSON.stringify([{}, link('eth0', 'fd00::1', '10.0.0.1'), link('eth1', '10.0.1.1')])
    expect(parseAddresses(printed).map((one) => `${one.interface} ${one.address}`)).toEqual([
      'eth0 10.0.0.1',
      'eth1 10.0.1.1',
      'eth0 fd00::1',
    ])
  })

  test('the way to an address, and that there is none', () => {
    const route = (stdout: string, code = 0) => parseRoute({ code, stdout, stderr: '' })
    expect(route('[{"dst":"10.99.0.5","dev":"v1","prefsrc":"10.99.0.1","flags":[],"uid":0,"cache":[]}]')).toBe('v1')
    expect(route('', 2)).toBeUndefined()
    expect(route('[{"type":"unreachable","dst":"10.9.0.1","dev":"lo"}]')).toBeUndefined()
    expect(route('[]')).toBeUndefined()
  })
})
