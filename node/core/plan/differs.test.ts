import { describe, expect, it } from 'vitest'
import type { Resource, ResourceKind } from '../model/resource.ts'
import { desired } from './desired.ts'
import { differs } from './differs.ts'
import { plainCidr } from './same.ts'
import { assign, onFirstHost, ToyHost } from './testdata/host.ts'
import { labNode, sampleLab } from './testdata/lab.ts'

const intent = sampleLab('lab', [labNode('r1'), labNode('r2')], [['r1:eth1', 'r2:eth1']])
const addressed = {
  ...intent,
  segments: intent.segments.map((segment) => ({
    ...segment,
    endpoints: segment.endpoints.map((end) => ({ ...end, ipv4: '10.0.0.1/24', ipv6: '2001:DB8:0::1/64' })),
  })),
}
const input = onFirstHost([{ intent: addressed, assignment: assign(addressed, { r1: 1, r2: 2 }) }])
const toy = new ToyHost()
toy.converge(input)
const wanted = desired({ ...input, seen: toy.list() })

const pair = (kind: ResourceKind) => {
  const want = wanted.find((resource) => resource.kind === kind)
  const have = want && toy.seen.get(want.id)
  if (!want || !have) throw new Error(`no ${kind}`)
  return { want, have }
}
const change = (kind: ResourceKind, change: object) => {
  const { want, have } = pair(kind)
  return differs(want, { ...have, ...change } as Resource)
}

describe('differs', () => {
  it.each(['image', 'workload', 'bridge', 'wire', 'nic', 'port', 'vtep', 'wg-interface', 'wg-peer'] as const)(
    'finds nothing in a %s as wanted',
    (kind) => expect(change(kind, {})).toBeUndefined(),
  )

  it.each<[ResourceKind, object, 'update' | 'remake', string]>([
    ['workload', { specHash: 'other' }, 'remake', 'its specification changed'],
    ['workload', { state: 'exited' }, 'update', 'start: it is exited'],
    ['workload', { state: 'exited', specHash: 'other' }, 'remake', 'its specification changed'],
    ['bridge', { datapath: 'system' }, 'remake', 'datapath is system, netdev is wanted'],
    ['bridge', { changed: 'fail_mode is secure' }, 'update', 'fail_mode is secure'],
    ['bridge', { isSwitch: false }, 'update', 'its flows were changed'],
    ['wire', { changed: 'none for what comes in by port 5' }, 'update', 'none for what comes in by port 5'],
    ['wire', { bridge: 'br9' }, 'remake', 'bridge is br9, skein0 is wanted'],
    ['port', { number: 5 }, 'remake', 'port number is 5, 32968 is wanted'],
    ['nic', { pid: 1 }, 'remake', 'its container was started again'],
    ['nic', { name: 'eth9' }, 'remake', 'name is eth9, eth1 is wanted'],
    ['nic', { mac: '02:00:00:00:00:01' }, 'update', 'MAC address is 02:00:00:00:00:01, aa:c1:ab:00:00:01 is wanted'],
    ['nic', { mtuBytes: 1400 }, 'update', 'MTU is 1400, 9500 is wanted'],
    ['nic', { txOffload: true }, 'update', 'checksum offload is on, off is wanted'],
    ['nic', { up: false }, 'update', 'is down'],
    ['nic', { addresses: ['2001:db8::1/64', '10.9.9.9/8'] }, 'update', 'address 10.0.0.1/24 is missing'],
    ['port', { vlan: 7 }, 'update', 'VLAN tag is 7, 100 is wanted'],
    ['port', { bridge: 'br9' }, 'remake', 'bridge is br9, skein0 is wanted'],
    ['vtep', { vni: 1 }, 'remake', 'VNI is 1, 5000 is wanted'],
    ['vtep', { local: '10.213.0.9' }, 'remake', 'local address is 10.213.0.9, 10.213.0.1 is wanted'],
    ['vtep', { port: 4789 }, 'remake', 'port is 4789, 14789 is wanted'],
    ['vtep', { learning: true }, 'remake', 'learning is on, off is wanted'],
    ['vtep', { remotes: [] }, 'update', 'floods to nothing, 10.213.0.2 is wanted'],
    ['vtep', { up: false }, 'update', 'is down'],
    ['vtep', { mtuBytes: 1450 }, 'update', 'MTU is 1450, 9500 is wanted'],
    ['wg-interface', { publicKey: '' }, 'update', 'public key is empty, key1= is wanted'],
    ['wg-interface', { address: '10.213.0.9/16' }, 'update', 'address is 10.213.0.9/16, 10.213.0.1/16 is wanted'],
    ['wg-peer', { allowedIps: [] }, 'update', 'allows nothing, 10.213.0.2/32 is wanted'],
    ['wg-peer', { keepaliveS: 0 }, 'update', 'keepalive is 0, 15 is wanted'],
    ['wg-peer', { endpoint: '(none)', lastHandshakeS: 9 }, 'update', 'endpoint is (none), 192.0.2.2:51820 is wanted'],
    [
      'wg-peer',
      { endpoint: '198.51.100.1:9', lastHandshakeS: 0 },
      'update',
      'endpoint is 198.51.100.1:9, 192.0.2.2:51820 is wanted',
    ],
  ])('%s with %o: %s', (kind, changed, fix, reason) => expect(change(kind, changed)).toEqual({ fix, reason }))

  it.each<[ResourceKind, object]>([
    ['workload', { pid: 5, containerId: 'x', startedAt: 'then', exitCode: 0 }],
    [
      'nic',
      {
        mac: 'AA:C1:AB:00:00:01',
        ifindex: 3,
        addresses: ['2001:db8::1/64', 'fe80::1/64', '10.0.0.1/24', '10.9.9.9/8'],
      },
    ],
    ['wg-interface', { privateKeyFile: '' }],
    ['wg-peer', { endpoint: '198.51.100.1:9', lastHandshakeS: 1_700_000_000 }],
  ])('leaves a %s with %o alone', (kind, changed) => expect(change(kind, changed)).toBeUndefined())

  it('says nothing of the namespace while the container does not run', () => {
    const { want, have } = pair('nic')
    expect(differs({ ...want, pid: 0 } as Resource, have)).toBeUndefined()
  })
})

it.each([
  ['10.0.0.1/24', '10.0.0.1/24'],
  ['2001:DB8::1/64', '2001:db8:0:0:0:0:0:1/64'],
  ['::/0', '0:0:0:0:0:0:0:0/0'],
  ['fe80:0000::00a1/10', 'fe80:0:0:0:0:0:0:a1/10'],
  ['::ffff:192.0.2.1/128', '0:0:0:0:0:ffff:c000:201/128'],
])('plainCidr(%s)', (cidr, plain) => expect(plainCidr(cidr)).toBe(plain))
