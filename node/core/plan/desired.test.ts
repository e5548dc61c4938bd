import { describe, expect, it } from 'vitest'
import type { HostId } from '../model/ids.ts'
import type { Resource, ResourceKind } from '../model/resource.ts'
import { desired } from './desired.ts'
import { assign, onFirstHost } from './testdata/host.ts'
import { labNode, rosterEntry, sampleLab } from './testdata/lab.ts'

const intent = sampleLab(
  'lab',
  [labNode('r1'), labNode('r2'), labNode('r3'), labNode('br', { kind: 'bridge' })],
  [
    ['r1:eth1', 'r2:eth1'],
    ['r1:eth2', 'br:a'],
    ['r2:eth2', 'br:b'],
    ['r3:eth1', 'br:c'],
  ],
)
const lab = { intent, assignment: assign(intent, { r1: 1, r2: 1, r3: 2 }) }
const of = <K extends ResourceKind>(resources: readonly Resource[], kind: K) =>
  resources.filter((resource): resource is Extract<Resource, { kind: K }> => resource.kind === kind)

describe('desired, without labs', () => {
  it('is the bridge, the WireGuard interface and every other admitted host', () => {
    const roster = [
      rosterEntry(1),
      rosterEntry(3),
      rosterEntry(2, { addresses: ['2001:db8::2', '192.0.2.2'] }),
      rosterEntry(4, { state: 'removed' }),
      rosterEntry(5, { addresses: [] }),
    ]
    const resources = desired(onFirstHost([], { roster }))
    expect(resources.map(({ id }) => id)).toEqual([
      'bridge/skein0',
      'wg-interface/skw0',
      'wg-peer/skw0/key2=',
      'wg-peer/skw0/key3=',
      'wg-peer/skw0/key5=',
    ])
    expect(of(resources, 'wg-interface')[0]).toMatchObject({
      address: '10.213.0.1/16',
      mtuBytes: 1420,
      publicKey: 'key1=',
    })
    expect(of(resources, 'wg-peer').map(({ endpoint }) => endpoint)).toEqual([
      '[2001:db8::2]:51820',
      '192.0.2.3:51820',
      '',
    ])
    expect(of(resources, 'wg-peer')[0]).toMatchObject({
      allowedIps: ['10.213.0.2/32'],
      keepaliveS: 15,
      needs: ['wg-interface/skw0'],
    })
  })
})

describe('desired, with a lab', () => {
  const resources = desired(onFirstHost([lab]))

  it('has this host’s nodes, each image once', () => {
    expect(of(resources, 'workload').map(({ id, needs }) => [id, needs])).toEqual([
      ['workload/lab/r1', ['image/frr:10']],
      ['workload/lab/r2', ['image/frr:10']],
    ])
    expect(of(resources, 'image')).toHaveLength(1)
  })

  it('leaves segmenting to the bridge only where all MTUs of the lab are equal, or the kernel switches', () => {
    const offloads = (mtuBytes: number, datapath: 'netdev' | 'system') => {
      const segments = Object.fromEntries(
        Object.entries(lab.assignment.segments).map(([id, segment], at) => [
          id,
          at === 0 ? { ...segment, mtuBytes } : segment,
        ]),
      ) as typeof lab.assignment.segments
      const mixed = { ...lab, assignment: { ...lab.assignment, segments } }
      const made = desired(onFirstHost([mixed], { txOffload: true, bridge: { name: 'skein0', datapath } }))
      return new Set(of(made, 'nic').map(({ txOffload }) => txOffload))
    }
    expect(offloads(9500, 'netdev')).toEqual(new Set([true]))
    expect(offloads(9000, 'netdev')).toEqual(new Set([false]))
    expect(offloads(9000, 'system')).toEqual(new Set([true]))
  })

  it('has a nic and a port per end here, with the assigned numbers', () => {
    expect(of(resources, 'nic').map(({ endpoint, mac, mtuBytes, pid }) => [endpoint, mac, mtuBytes, pid])).toEqual([
      ['r1:eth1', 'aa:c1:ab:00:00:01', 9500, 0],
      ['r2:eth1', 'aa:c1:ab:00:00:02', 9500, 0],
      ['r1:eth2', 'aa:c1:ab:00:00:03', 9500, 0],
      ['r2:eth2', 'aa:c1:ab:00:00:04', 9500, 0],
    ])
    expect(of(resources, 'port').map(({ device, vlan, owner, number }) => [device, vlan, owner, number])).toEqual([
      ['n-lab-r1:eth1', 100, 'lab/r1:eth1', 32_968],
      ['n-lab-r2:eth1', 100, 'lab/r2:eth1', 32_969],
      ['n-lab-r1:eth2', 101, 'lab/r1:eth2', undefined],
      ['n-lab-r2:eth2', 101, 'lab/r2:eth2', undefined],
      ['v-lab-br', 101, 'lab/br', undefined],
    ])
    expect(of(resources, 'port')[0]?.needs).toEqual(['bridge/skein0', 'nic/lab/r1:eth1', 'wire/100'])
    expect(of(resources, 'port')[2]?.needs).toEqual(['bridge/skein0', 'nic/lab/r1:eth2'])
  })

  it('wires the two ports of a cable, here or between hosts, and nothing that switches', () => {
    expect(of(resources, 'wire')).toEqual([
      {
        kind: 'wire',
        id: 'wire/100',
        needs: ['bridge/skein0'],
        bridge: 'skein0',
        vlan: 100,
        owner: 'lab/r1:eth1--r2:eth1',
      },
    ])
    const cross = { intent, assignment: assign(intent, { r1: 1, r2: 2, r3: 3 }) }
    const far = desired(onFirstHost([cross]))
    expect(of(far, 'wire').map(({ id }) => id)).toEqual(['wire/100'])
    expect(of(far, 'port').flatMap(({ device, number }) => (number === undefined ? [] : [[device, number]]))).toEqual([
      ['n-lab-r1:eth1', 32_968],
      ['v-lab-r1:eth1--r2:eth1', 32_969],
    ])
  })

  it('has a tunnel end where a segment leaves the host, learning where more than two may hear', () => {
    expect(of(resources, 'vtep')).toMatchObject([
      {
        device: 'v-lab-br',
        vni: 5001,
        local: '10.213.0.1',
        remotes: ['10.213.0.2'],
        learning: true,
        port: 14_789,
        needs: ['wg-interface/skw0'],
      },
    ])
    const cross = { intent, assignment: assign(intent, { r1: 1, r2: 2, r3: 3 }) }
    expect(of(desired(onFirstHost([cross])), 'vtep').map(({ learning, remotes }) => [learning, remotes])).toEqual([
      [false, ['10.213.0.2']],
      [true, ['10.213.0.2', '10.213.0.3']],
    ])
    const roster = [rosterEntry(1), rosterEntry(2, { state: 'removed' }), rosterEntry(3)]
    expect(of(desired(onFirstHost([cross], { roster })), 'vtep').map(({ remotes }) => remotes)).toEqual([
      [],
      ['10.213.0.3'],
    ])
  })

  it('has a WireGuard interface for the smallest network that tunnels of this host lead to', () => {
    const cross = { intent, assignment: assign(intent, { r1: 1, r2: 2, r3: 1 }) }
    const mtu = (told: Readonly<Record<string, number>>, labs = [cross]) =>
      of(desired(onFirstHost(labs, { underlayMtu: (host) => told[host] })), 'wg-interface')[0]?.mtuBytes
    expect(mtu({})).toBe(1420)
    expect(mtu({ H1: 9000 })).toBe(8920)
    expect(mtu({ H1: 9000, H2: 1500, H3: 1400 })).toBe(1420)
    expect(mtu({ H1: 9000, H2: 1500 }, [])).toBe(8920)
    expect(mtu({ H1: 1400, H2: 9000 })).toBe(1320)
  })

  it('has nothing of a lab that is all elsewhere', () => {
    const elsewhere = { intent, assignment: assign(intent, { r1: 2, r2: 2, r3: 3 }) }
    expect(desired(onFirstHost([elsewhere]))).toEqual(desired(onFirstHost([])))
  })

  it('leaves out what the assignment does not cover', () => {
    const partial = { intent, assignment: { ...lab.assignment, segments: {}, macs: {} } }
    expect(of(desired(onFirstHost([partial])), 'nic')).toEqual([])
    expect(of(desired(onFirstHost([partial])), 'workload')).toHaveLength(2)
  })

  it('takes the process id of the container that runs', () => {
    const [workload] = of(resources, 'workload')
    if (!workload) throw new Error('no workload')
    const pids = (state: 'running' | 'exited') =>
      of(desired(onFirstHost([lab], { seen: [{ ...workload, state, pid: 42 }] })), 'nic').map(({ pid }) => pid)
    expect(pids('running')).toEqual([42, 0, 42, 0])
    expect(pids('exited')).toEqual([0, 0, 0, 0])
  })
})

describe('the container of a node', () => {
  const node = labNode('r1', {
    env: { A: 'b' },
    labels: { team: 'x', 'skein/lab': 'mine', 'clab-owner': 'me' },
    sysctls: { 'net.ipv6.conf.all.disable_ipv6': '1' },
    binds: [
      { source: 'r1/frr.conf', target: '/etc/frr/frr.conf', travels: true },
      { source: '/lib/modules', target: '/lib/modules', options: 'ro', travels: false },
    ],
  })
  const file = (path: string, sha256: string) => ({ path, sha256, sizeBytes: 1, mode: 0o644 })
  const make = (more: Partial<typeof intent> = {}) => {
    const one = {
      ...sampleLab('lab', [node, labNode('r2')], [['r1:eth1', 'r2:eth1']]),
      files: [file('r1/frr.conf', 'aa'), file('other', 'bb')],
      ...more,
    }
    const [workload] = of(
      desired(onFirstHost([{ intent: one, assignment: assign(one, { r1: 1, r2: 1 }) }])),
      'workload',
    )
    if (!workload) throw new Error('no workload')
    return workload
  }

  it('has containerlab’s labels, the user’s, and marks nobody changes', () => {
    expect(make().spec.labels).toEqual({
      containerlab: 'lab',
      'clab-node-name': 'r1',
      'clab-node-longname': 'clab-lab-r1',
      'clab-node-kind': 'linux',
      'clab-node-type': '',
      'clab-node-group': '',
      'clab-owner': 'me',
      team: 'x',
      'skein/lab': 'lab',
      'skein/node': 'r1',
      'skein/mesh': 'mesh',
    })
  })

  it('forwards, speaks IPv6 unless told, knows how many interfaces to wait for, and finds its files', () => {
    const { spec } = make()
    expect(spec.sysctls).toEqual({ 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.disable_ipv6': '1' })
    expect(spec.env).toMatchObject({ CLAB_INTFS: '1', A: 'b' })
    expect(spec.binds).toEqual([
      { source: '/data/labs/lab/files/r1/frr.conf', target: '/etc/frr/frr.conf', travels: false },
      { source: '/lib/modules', target: '/lib/modules', options: 'ro', travels: false },
    ])
  })

  it('is made again when a file it binds changes, and only then', () => {
    const { specHash } = make()
    expect(make({ files: [file('r1/frr.conf', 'aa'), file('other', 'cc')] }).specHash).toBe(specHash)
    expect(make({ files: [file('r1/frr.conf', 'dd'), file('other', 'bb')] }).specHash).not.toBe(specHash)
  })
})

it('is for one host only', () => {
  const second = { self: 'H2' as HostId, host: { name: 'h2', overlayAddress: '10.213.0.2' } }
  expect(of(desired(onFirstHost([lab], second)), 'workload').map(({ node }) => node)).toEqual(['r3'])
})
