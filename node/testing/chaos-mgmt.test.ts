import { describe, expect, test } from 'vitest'
import type { LabView } from '#core/view/types.ts'
import type { Expected } from './chaos-expect.ts'
import type { HostLook, SeenDevice } from './chaos-eyes.ts'
import { isMgmt, wrongMgmt } from './chaos-mgmt.ts'

const node = (name: string, host: string, ipv4: string): LabView['nodes'][number] => ({
  name,
  kind: 'linux',
  host,
  state: 'running',
  image: 'x',
  mgmt: { ipv4 },
})
const lab: LabView = {
  name: 'l',
  state: 'up',
  generation: 1,
  nodes: [node('a', 'x1', '172.20.20.2'), node('b', 'x2', '172.20.20.3')],
  links: [],
  notes: [],
}
const expected: Expected = {
  labs: [lab],
  overlay: new Map([
    ['x1', '10.213.0.1'],
    ['x2', '10.213.0.2'],
  ]),
}
const device = (name: string, of: string, more: Partial<SeenDevice> = {}): SeenDevice => ({
  name,
  of,
  isUp: true,
  mtuBytes: 1370,
  vni: undefined,
  floods: [],
  ...more,
})
const DEVICES = [
  device('skn1', 'nic:l:a:eth0'),
  device('skn2', 'host:_mgmt:clab:host'),
  device('skg1', 'far:_mgmt:clab:host'),
  device('skv1', 'vtep:_mgmt:clab', { vni: 4097, floods: ['10.213.0.2'] }),
]
const eth0 = { mac: '', mtuBytes: 1370, isUp: true, addresses: ['172.20.20.2/24'], txOffload: true }
const good: HostLook = {
  host: 'x1',
  containers: [{ name: 'clab-l-a', state: 'running', inner: new Map([['eth0', eth0]]) }],
  devices: DEVICES,
  ports: ['skn1', 'skn2', 'skv1'].map((name) => ({ device: name, tag: 3, owner: 'x' })),
  flows: [],
  wgPeers: [],
  agents: [],
}

describe('the management network of a host', () => {
  test('all as it should be is well; a host without nodes has none', () => {
    expect(DEVICES.every(isMgmt)).toBe(true)
    expect(isMgmt(device('skn9', 'nic:l:a:eth1'))).toBe(false)
    expect(wrongMgmt(good, expected)).toEqual([])
    expect(wrongMgmt({ ...good, host: 'x3', devices: [], ports: [] }, expected)).toEqual([])
    const unwanted = wrongMgmt({ ...good, host: 'x3' }, { ...expected, labs: [] })
    expect(unwanted.filter((wrong) => wrong.startsWith('unwanted'))).toHaveLength(4)
  })

  test.each<[string, Partial<HostLook>]>([
    ['not one device of nic:l:a:eth0', { devices: DEVICES.slice(1) }],
    ['not one device of vtep:_mgmt:clab', { devices: DEVICES.slice(0, 3) }],
    ['unwanted device of nic:l:z:eth0', { devices: [...DEVICES, device('skn1', 'nic:l:z:eth0')] }],
    [
      'device of nic:l:a:eth0 is down',
      { devices: [device('skn1', 'nic:l:a:eth0', { isUp: false }), ...DEVICES.slice(1)] },
    ],
    [
      'device of nic:l:a:eth0 has MTU 9',
      { devices: [device('skn1', 'nic:l:a:eth0', { mtuBytes: 9 }), ...DEVICES.slice(1)] },
    ],
    ['a device of the management network has no port', { ports: good.ports.slice(0, 2) }],
    [
      'the management network has tags 3, 4',
      { ports: [...good.ports.slice(0, 2), { device: 'skv1', tag: 4, owner: 'x' }] },
    ],
    [
      'the management network floods to , not 10.213.0.2',
      { devices: [...DEVICES.slice(0, 3), device('skv1', 'vtep:_mgmt:clab', { vni: 4097 })] },
    ],
    ['l/a:eth0 lacks 172.20.20.2', { containers: [] }],
  ])('%s', (wrong, more) => expect(wrongMgmt({ ...good, ...more }, expected)).toContain(wrong))
})
