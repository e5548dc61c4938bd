import { describe, expect, it } from 'vitest'
import type { HostId, LabName, NodeName, VlanTag, Vni } from '../model/ids.ts'
import type { LabNode } from '../model/lab.ts'
import type { MgmtAssignment } from '../model/mgmt.ts'
import type { Nic, Resource } from '../model/resource.ts'
import { mgmtDemand, publishedPorts } from '../placement/mgmt.ts'
import { type DesiredInput, desired, type WantedLab } from './desired.ts'
import { hostMac, mgmtNote } from './desired-mgmt.ts'
import { differs } from './differs.ts'
import { labStatus } from './status.ts'
import { assign, onFirstHost } from './testdata/host.ts'
import { labNode, sampleLab } from './testdata/lab.ts'

const [H1, H2] = ['H1', 'H2'] as HostId[] as [HostId, HostId]

const network = (nodes: Record<string, string>, hosts: Record<string, number>): MgmtAssignment => ({
  network: 'clab',
  vni: 7000 as Vni,
  ipv4Subnet: '172.20.20.0/24',
  ipv4Gw: '172.20.20.1',
  ipv6Subnet: '3fff:172:20:20::/64',
  ipv6Gw: '3fff:172:20:20::1',
  mtuBytes: 1370,
  externalAccess: true,
  hosts: Object.fromEntries(
    Object.entries(hosts).map(([host, last]) => [
      host,
      { vlan: 50 as VlanTag, ipv4: `172.20.20.${last}`, ipv6: `3fff:172:20:20::${last}` },
    ]),
  ),
  nodes: Object.fromEntries(
    Object.entries(nodes).map(([node, last]) => [node, { ipv4: `172.20.20.${last}`, ipv6: `3fff:172:20:20::${last}` }]),
  ),
})

/** A lab whose nodes r1 and r2 have the hosts given. */
const lab = (
  at: Record<string, number>,
  nodes: readonly LabNode[] = [labNode('r1'), labNode('r2')],
  name = 'lab',
): WantedLab => {
  const intent = sampleLab(name, nodes, [])
  const assignment = assign(intent, at)
  const here = [...new Set(Object.values(at))].map((number) => [`H${number}`, 255 - number])
  const macs = Object.fromEntries(nodes.map(({ name: node }, i) => [`${node}:eth0`, `aa:c1:ab:00:01:0${i}`]))
  const last = name === 'lab' ? 2 : 12
  const addresses = Object.fromEntries(nodes.map((node, i) => [node.name, String(last + i)]))
  return { intent, assignment: { ...assignment, macs, mgmt: network(addresses, Object.fromEntries(here)) } }
}
const made = (labs: readonly WantedLab[], more: Partial<DesiredInput> = {}): readonly Resource[] =>
  desired(onFirstHost(labs, { txOffload: true, ...more })).filter(({ kind }) => ['nic', 'port', 'vtep'].includes(kind))
const nicOf = (all: readonly Resource[], id: string): Nic => {
  const nic = all.find((one) => one.id === id)
  if (nic?.kind !== 'nic') throw new Error(`no nic ${id}`)
  return nic
}

describe('a management network on a host', () => {
  it('is an end of its own, and one for each node, in one segment', () => {
    const all = made([lab({ r1: 1, r2: 1 })])
    expect(nicOf(all, 'nic/_mgmt/clab:host')).toMatchObject({
      form: { type: 'host' },
      name: 'g-clab',
      mac: '0a:58:ac:14:14:fe',
      addresses: ['172.20.20.254/24', '3fff:172:20:20::254/64', '172.20.20.1/32', '3fff:172:20:20::1/128'],
      mtuBytes: 1370,
      needs: [],
    })
    expect(nicOf(all, 'nic/lab/r1:eth0')).toMatchObject({
      name: 'eth0',
      mac: 'aa:c1:ab:00:01:00',
      addresses: ['172.20.20.2/24', '3fff:172:20:20::2/64'],
      way: { gateways: ['172.20.20.1', '3fff:172:20:20::1'], mac: '0a:58:ac:14:14:fe' },
      needs: ['workload/lab/r1'],
    })
    expect(all.flatMap((one) => (one.kind === 'port' ? [[one.device, one.vlan, one.owner]] : []))).toEqual([
      ['n-_mgmt-clab:host', 50, '_mgmt/clab:host'],
      ['n-lab-r1:eth0', 50, 'lab/r1:eth0'],
      ['n-lab-r2:eth0', 50, 'lab/r2:eth0'],
    ])
  })

  it('is one over all hosts that have nodes of any lab in it', () => {
    const all = made([
      lab({ r1: 1, r2: 1 }),
      lab({ r1: 1, r2: 3 }, undefined, 'other'),
      lab({ r1: 2, r2: 2 }, undefined, 'far'),
    ])
    expect(all.filter(({ kind }) => kind === 'vtep')).toMatchObject([
      { id: 'vtep/_mgmt/clab', vni: 7000, remotes: ['10.213.0.2', '10.213.0.3'], learning: true, mtuBytes: 1370 },
    ])
    expect(all.filter(({ id }) => id === 'nic/_mgmt/clab:host')).toHaveLength(1)
    expect(made([lab({ r1: 2, r2: 2 }, undefined, 'far')])).toEqual([])
  })

  it('carries what the least of its labs asks', () => {
    const small = lab({ r1: 1, r2: 1 }, undefined, 'other')
    const { mgmt } = small.assignment
    if (mgmt === undefined) throw new Error('no network')
    const labs = [
      lab({ r1: 1, r2: 1 }),
      { ...small, assignment: { ...small.assignment, mgmt: { ...mgmt, mtuBytes: 1300 } } },
    ]
    expect(new Set(made(labs).flatMap((one) => ('mtuBytes' in one ? [one.mtuBytes] : [])))).toEqual(new Set([1300]))
  })

  it('leaves out nodes with another network, IPv6 where there is none, and labs that were decided without it', () => {
    const nodes = [
      labNode('r1', { networkMode: 'none' }),
      labNode('r2', { sysctls: { 'net.ipv6.conf.all.disable_ipv6': '1' } }),
    ]
    const all = made([lab({ r1: 1, r2: 1 }, nodes)])
    expect(all.filter(({ id }) => id.startsWith('nic/lab/')).map(({ id }) => id)).toEqual(['nic/lab/r2:eth0'])
    expect(nicOf(all, 'nic/lab/r2:eth0')).toMatchObject({
      addresses: ['172.20.20.3/24'],
      way: { gateways: ['172.20.20.1'] },
    })
    const without = made([lab({ r1: 1, r2: 1 })], { hasIpv6: false })
    expect(nicOf(without, 'nic/_mgmt/clab:host').addresses).toEqual(['172.20.20.254/24', '172.20.20.1/32'])
    const intent = sampleLab('old', [labNode('r1')], [])
    expect(made([{ intent, assignment: assign(intent, { r1: 1 }) }])).toEqual([])
  })

  it('has no address where this host reaches others of the same numbers, and says so', () => {
    const nearNetworks = [{ device: 'br-12', cidr: '172.20.0.0/16' }]
    const one = lab({ r1: 1, r2: 1 })
    expect(nicOf(made([one], { nearNetworks }), 'nic/_mgmt/clab:host').addresses).toEqual([])
    expect(mgmtNote(one.assignment.mgmt, onFirstHost([], { nearNetworks }))).toMatch(
      /^host h1 is not in the management network clab itself: it has 172\.20\.0\.0\/16 on br-12/,
    )
    const own = [
      { device: 'g-clab', cidr: '172.20.20.0/24' },
      { device: 'eth0', cidr: '10.0.0.0/8' },
    ]
    expect(mgmtNote(one.assignment.mgmt, onFirstHost([], { nearNetworks: own }))).toBeUndefined()
  })

  it('makes the end of a node anew when its address is another’s now, and leaves those it added', () => {
    const wanted = nicOf(made([lab({ r1: 1, r2: 1 })]), 'nic/lab/r1:eth0')
    const seen = { ...wanted, addresses: [...wanted.addresses, '10.9.9.9/24'] }
    expect(differs(wanted, seen)).toBeUndefined()
    expect(differs(wanted, { ...seen, addresses: [...seen.addresses, '172.20.20.9/24'] })).toEqual({
      fix: 'remake',
      reason: 'address 172.20.20.9/24 is no longer its own',
    })
  })

  it('lets nodes out, unless no lab may, or this host is not in it', () => {
    const outlets = (labs: readonly WantedLab[], more: Partial<DesiredInput> = {}) =>
      desired(onFirstHost(labs, more)).filter(({ kind }) => kind === 'outlet')
    const one = lab({ r1: 1, r2: 1 })
    const network = { network: 'clab', cidr: '172.20.20.0/24', device: 'g-clab' }
    expect(outlets([one])).toEqual([{ kind: 'outlet', id: 'outlet', needs: [], networks: [network], forwards: true }])
    const { mgmt } = one.assignment
    if (mgmt === undefined) throw new Error('no network')
    expect(outlets([{ ...one, assignment: { ...one.assignment, mgmt: { ...mgmt, externalAccess: false } } }])).toEqual(
      [],
    )
    expect(outlets([one], { nearNetworks: [{ device: 'br-1', cidr: '172.20.20.0/24' }] })).toEqual([])
  })

  it('tells who can be reached in it', () => {
    const one = lab({ r1: 1, r2: 1 })
    const wanted = desired(onFirstHost([one]))
    const seen = wanted.filter(({ id }) => id === 'workload/lab/r1' || id === 'workload/lab/r2')
    const status = labStatus({
      self: H1,
      ...one,
      wanted,
      seen,
      failures: new Map(),
      troubles: new Map([['nic/lab/r2:eth0' as never, { reason: 'gone', doing: { type: 'now' } }]]),
      wasWhole: () => false,
      peerName: () => '',
      ready: new Set<NodeName>(),
      notes: [],
    })
    expect(status.reachable).toEqual(['r1'])
  })
})

it('gives a MAC address that follows from the host’s', () => expect(hostMac('172.20.20.254')).toBe('0a:58:ac:14:14:fe'))

describe('what a lab asks for', () => {
  const nodes = [
    labNode('r1', { mgmtIpv4: '172.20.20.9', ports: [{ hostPort: 80, containerPort: 8080, protocol: 'tcp' }] }),
    labNode('r2'),
    labNode('r3', { networkMode: 'host', ports: [{ hostPort: 81, containerPort: 80, protocol: 'tcp' }] }),
    labNode('br', { kind: 'bridge' }),
  ]
  const at = { r1: H1, r2: H2, r3: H1 } as Record<NodeName, HostId>

  it('is the usual network unless it says otherwise', () => {
    const intent = sampleLab('lab', nodes, [])
    expect(mgmtDemand(intent, at, () => undefined)).toEqual({
      network: 'clab',
      mtuBytes: 1370,
      externalAccess: true,
      nodes: { r1: { ipv4: '172.20.20.9' }, r2: {} },
    })
    const mgmt = { network: 'x', ipv4Subnet: '10.9.0.0/24', mtuBytes: 1500, externalAccess: false } as const
    expect(mgmtDemand({ ...intent, mgmt }, at, () => undefined)).toMatchObject(mgmt)
    expect(mgmtDemand(intent, at, () => 1400)?.mtuBytes).toBe(1270)
    expect(
      mgmtDemand(sampleLab('lab' as LabName, [labNode('r1', { networkMode: 'none' })], []), at, () => undefined),
    ).toBeUndefined()
  })

  it('is ports of the hosts its nodes run on', () => {
    expect(publishedPorts(sampleLab('lab', nodes, []), at)).toEqual([
      { node: 'r1', host: 'H1', hostPort: 80, containerPort: 8080, protocol: 'tcp' },
    ])
  })
})
