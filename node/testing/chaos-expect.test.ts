import { describe, expect, test } from 'vitest'
import type { LabView } from '#core/view/types.ts'
import { type Expected, wrongs } from './chaos-expect.ts'
import type { HostLook } from './chaos-eyes.ts'

const MTU = 1370
const lab: LabView = {
  name: 'l',
  state: 'up',
  generation: 1,
  notes: [],
  nodes: ['a', 'b'].map((name, at) => ({ name, kind: 'linux', host: `x${at + 1}`, state: 'running', image: 'i' })),
  links: [
    {
      id: 'a:eth1 b:eth1',
      state: 'up',
      vni: 4096,
      mtu: MTU,
      endpoints: ['a', 'b'].map((node, at) => ({
        node,
        interface: 'eth1',
        host: `x${at + 1}`,
        mac: `02:00:00:00:00:0${at}`,
        ipv4: `10.0.0.${at}/24`,
        vlan: 2,
      })),
    },
  ],
}
const expected: Expected = {
  labs: [lab],
  overlay: new Map([
    ['x1', '10.213.0.1'],
    ['x2', '10.213.0.2'],
  ]),
}
const LISTENERS = ['ip -o monitor link', 'bridge monitor fdb', 'ovsdb-client monitor Port', 'ovs-ofctl monitor br']
const inner = { mac: '02:00:00:00:00:00', mtuBytes: MTU, isUp: true, addresses: ['10.0.0.0/24'], txOffload: true }
const nic = { name: 'skn1', of: 'nic:l:a:eth1', isUp: true, mtuBytes: MTU, vni: undefined, floods: [] }
const tunnel = { name: 'skv1', of: 'vtep:l:s', isUp: true, mtuBytes: MTU, vni: 4096, floods: ['10.213.0.2'] }
const nicPort = { device: 'skn1', tag: 2, owner: 'l/a:eth1' }
const tunnelPort = { device: 'skv1', tag: 2, owner: 'l/s' }
const node = { name: 'clab-l-a', state: 'running', inner: new Map([['eth1', inner]]) }
const WAY = 'cookie=0x736b65696e, priority=100,in_port=32772 actions=output:32773'
const BACK = 'cookie=0x736b65696e, priority=100,in_port=32773 actions=output:32772'
const good: HostLook = {
  host: 'x1',
  containers: [node],
  devices: [nic, tunnel],
  ports: [nicPort, tunnelPort, { device: 'chaosport', tag: undefined, owner: undefined }],
  flows: ['priority=0 actions=NORMAL', WAY, BACK],
  wgPeers: ['10.213.0.2/32'],
  agents: [{ pid: 7, files: 40, children: LISTENERS }],
}
const withInner = (change: Partial<typeof inner>): HostLook => ({
  ...good,
  containers: [{ ...node, inner: new Map([['eth1', { ...inner, ...change }]]) }],
})

describe('what a host has, held against what was assigned', () => {
  test('all as assigned is well', () => expect(wrongs([good], expected)).toEqual([]))

  test.each<[string, HostLook]>([
    ['x1: no container clab-l-a', { ...good, containers: [] }],
    ['x1: container clab-l-a is paused', { ...good, containers: [{ ...node, state: 'paused' }] }],
    ['x1: unwanted container clab-l-z', { ...good, containers: [node, { ...node, name: 'clab-l-z' }] }],
    ['x1: l/a:eth1 is not there', { ...good, containers: [{ ...node, inner: new Map() }] }],
    ['x1: l/a:eth1 is down', withInner({ isUp: false })],
    ['x1: l/a:eth1 has MAC 02:00:00:00:99:99, not 02:00:00:00:00:00', withInner({ mac: '02:00:00:00:99:99' })],
    ['x1: l/a:eth1 has MTU 700, not 1370', withInner({ mtuBytes: 700 })],
    ['x1: l/a:eth1 lacks 10.0.0.0/24', withInner({ addresses: [] })],
    ['x1: l/a:eth1 has no tx offload', withInner({ txOffload: false })],
    ['x1: 0 devices of nic:l:a:eth1', { ...good, devices: [tunnel], ports: [tunnelPort] }],
    [
      'x1: unwanted device skn2 of undefined',
      { ...good, devices: [nic, tunnel, { ...nic, name: 'skn2', of: undefined }] },
    ],
    ['x1: device of nic:l:a:eth1 is down', { ...good, devices: [{ ...nic, isUp: false }, tunnel] }],
    ['x1: device of nic:l:a:eth1 has MTU 800, not 1370', { ...good, devices: [{ ...nic, mtuBytes: 800 }, tunnel] }],
    ['x1: no port skn1', { ...good, ports: [tunnelPort] }],
    ['x1: port skn1 has tag 4001, not 2', { ...good, ports: [{ ...nicPort, tag: 4001 }, tunnelPort] }],
    ['x1: port skv1 lacks our mark', { ...good, ports: [nicPort, { ...tunnelPort, owner: undefined }] }],
    ['x1: unwanted port skn9', { ...good, ports: [...good.ports, { ...nicPort, device: 'skn9' }] }],
    ['x1: no tunnel 4096', { ...good, devices: [nic], ports: [nicPort] }],
    ['x1: unwanted tunnel 9 of vtep:l:s', { ...good, devices: [nic, tunnel, { ...tunnel, vni: 9 }] }],
    ['x1: tunnel 4096 is down', { ...good, devices: [nic, { ...tunnel, isUp: false }] }],
    ['x1: tunnel 4096 has MTU 900', { ...good, devices: [nic, { ...tunnel, mtuBytes: 900 }] }],
    [
      'x1: tunnel 4096 floods to 10.213.0.2, 10.213.0.201, not 10.213.0.2',
      { ...good, devices: [nic, { ...tunnel, floods: ['10.213.0.2', '10.213.0.201'] }] },
    ],
    ['x1: WireGuard peers , not 10.213.0.2/32', { ...good, wgPeers: [] }],
    ['x1: no flow priority=0 actions=NORMAL', { ...good, flows: [WAY, BACK] }],
    [`x1: no flow ${BACK}`, { ...good, flows: good.flows.slice(0, 2) }],
    ['x1: unwanted flow priority=9,ip actions=drop', { ...good, flows: [...good.flows, 'priority=9,ip actions=drop'] }],
    [
      'x1: nobody listens by ovsdb-client',
      { ...good, agents: [{ pid: 7, files: 40, children: LISTENERS.filter((line) => !line.startsWith('ovsdb')) }] },
    ],
    ['x1: 0 agents', { ...good, agents: [] }],
    [
      'x1: listens twice: bridge monitor fdb; bridge monitor fdb',
      { ...good, agents: [{ pid: 7, files: 40, children: ['bridge monitor fdb', 'bridge monitor fdb'] }] },
    ],
  ])('%s', (wrong, look) => expect(wrongs([look], expected)).toContain(wrong))
})
