import { describe, expect, it } from 'vitest'
import { toVlanTag, toVni } from '../allocation/vni.ts'
import type { EndpointKey, HostId, HostName, NodeName, VlanTag, Vni } from '../model/ids.ts'
import type { Anchor, Assignment, InnerDevice, LabIntent, Segment } from '../model/lab.ts'
import { labOf, type Resource } from '../model/resource.ts'
import { extContainerId, hostBridgeId, nicId } from '../model/resource-ids.ts'
import { place, segmentsOf } from '../placement/place.ts'
import { desired } from './desired.ts'
import type { WantedLab } from './desired-input.ts'
import { macsOf } from './end-mac.ts'
import { plan } from './plan.ts'
import { onFirstHost } from './testdata/host.ts'
import { labNode, sampleLab } from './testdata/lab.ts'

const H1 = 'H1' as HostId
const MACS = ['aa:c1:ab:00:00:01', 'aa:c1:ab:00:00:02'] as const

/** A lab with one link, all of it on h1. */
const oneLink = (
  ends: readonly [string, ...string[]],
  more: { readonly anchors?: readonly Anchor[]; readonly segment?: Partial<Segment> } = {},
): WantedLab => {
  const anchored = new Set((more.anchors ?? []).map(({ name }) => name as string))
  const names = [...new Set(ends.map((end) => end.split(':')[0] ?? ''))].filter((name) => !anchored.has(name))
  const base = sampleLab(
    'lab',
    names.map((name) => labNode(name)),
    [ends],
  )
  const segments = base.segments.map((segment) => ({ ...segment, ...more.segment }))
  const intent: LabIntent = { ...base, segments, ...(more.anchors === undefined ? {} : { anchors: more.anchors }) }
  return { intent, assignment: assigned(intent, [...names, ...anchored]) }
}

const assigned = (intent: LabIntent, names: readonly string[]): Assignment =>
  ({
    lab: intent.name,
    intentVersion: '1.1.H1',
    hosts: Object.fromEntries(names.map((name) => [name, H1])),
    segments: Object.fromEntries(
      intent.segments.map(({ id }) => [id, { vni: null, vlans: { [H1]: 100 as VlanTag }, mtuBytes: 9500 }]),
    ),
    macs: Object.fromEntries(
      intent.segments.flatMap(({ endpoints }) => endpoints.map((end, i) => [`${end.node}:${end.interface}`, MACS[i]])),
    ),
    epoch: 1,
    term: 1,
    index: 1,
  }) as Assignment

const resourcesOf = (lab: WantedLab, seen: readonly Resource[] = []): readonly Resource[] =>
  desired(onFirstHost([lab], { seen })).filter(
    (resource) => !['bridge', 'wg-interface', 'wg-peer', 'image', 'workload', 'wire'].includes(resource.kind),
  )

const node = (name: string): NodeName => name as NodeName

describe('ends that are no node, as resources', () => {
  it('host: is a pair in the host, plugged in like any other', () => {
    const lab = oneLink(['r1:eth1', 'host:up'], { anchors: [{ type: 'host', name: node('host') }] })
    expect(resourcesOf(lab)).toMatchObject([
      { kind: 'nic', endpoint: 'r1:eth1', needs: ['workload/lab/r1'] },
      { kind: 'port', device: 'n-lab-r1:eth1' },
      { kind: 'nic', endpoint: 'host:up', needs: [], form: { type: 'host' }, name: 'up', pid: 0, mac: MACS[1] },
      { kind: 'port', device: 'n-lab-host:up', needs: ['bridge/skein0', 'nic/lab/host:up', 'wire/100'] },
    ])
  })

  it('an ext-container is waited for, and its process found when it is seen', () => {
    const anchor: Anchor = { type: 'ext-container', name: node('out'), container: 'web' }
    const lab = oneLink(['r1:eth1', 'out:eth1'], { anchors: [anchor] })
    const container = {
      kind: 'ext-container',
      id: extContainerId(lab.intent.name, node('out')),
      containerName: 'web',
    } as const
    const wanted = resourcesOf(lab)
    expect(wanted[0]).toMatchObject(container)
    expect(wanted.find(({ id }) => id === 'nic/lab/out:eth1')).toMatchObject({ needs: [container.id], pid: 0 })
    const seen = { ...container, lab: lab.intent.name, node: node('out'), needs: [], pid: 77 } satisfies Resource
    expect(resourcesOf(lab, [seen]).find(({ id }) => id === 'nic/lab/out:eth1')).toMatchObject({ pid: 77 })
    // Never ours to take away, also when no lab wants it any more.
    expect(plan([], [seen])).toEqual({ ready: [], blocked: [] })
  })

  it.each<[string, InnerDevice, object]>([
    ['dummy', { type: 'dummy' }, { hostName: 'n-lab-r1:eth1', mtuBytes: 9500 }],
    [
      'macvlan',
      { type: 'macvlan', parent: 'eth0', mode: 'bridge', host: 'h1' as HostName },
      { form: { type: 'macvlan', parent: 'eth0', mode: 'bridge' }, mtuBytes: 0 },
    ],
  ])('a %s is a device of the node, without a port', (_what, device, nic) => {
    expect(resourcesOf(oneLink(['r1:eth1'], { segment: { device } }))).toEqual([
      expect.objectContaining({ kind: 'nic', endpoint: 'r1:eth1', ...nic }),
    ])
  })

  it('mgmt-net is a port with the tag of the management network', () => {
    const lab = oneLink(['r1:eth1'], { segment: { device: { type: 'mgmt-net' } } })
    expect(resourcesOf(lab)).toEqual([])
    const mgmt: NonNullable<Assignment['mgmt']> = {
      network: 'clab',
      vni: toVni(9),
      ipv4Subnet: '172.20.20.0/24',
      ipv4Gw: '172.20.20.1',
      mtuBytes: 1450,
      externalAccess: true,
      hosts: { [H1]: { ipv4: '172.20.20.2', vlan: toVlanTag(7) } },
      nodes: {},
    }
    expect(
      resourcesOf({ ...lab, assignment: { ...lab.assignment, mgmt } }).filter(
        (one) => (one.kind === 'nic' || one.kind === 'port') && labOf(one) === 'lab',
      ),
    ).toMatchObject([
      { kind: 'nic', endpoint: 'r1:eth1', mtuBytes: 1450 },
      { kind: 'port', device: 'n-lab-r1:eth1', vlan: 7 },
    ])
  })

  it('a tunnel to somebody else is a tunnel device with one remote', () => {
    const anchor: Anchor = { type: 'vxlan', name: node('vxlan-5'), remote: '192.0.2.9', vni: 5, udpPort: 4789 }
    const wanted = resourcesOf(oneLink(['r1:eth1', 'vxlan-5:vni5'], { anchors: [anchor] }))
    expect(wanted.slice(2)).toMatchObject([
      {
        kind: 'vtep',
        id: 'vtep/lab/vxlan-5:vni5',
        needs: [],
        vni: 5 as Vni,
        local: '',
        port: 4789,
        remotes: ['192.0.2.9'],
      },
      { kind: 'port', device: 'v-lab-vxlan-5:vni5', owner: 'lab/vxlan-5:vni5' },
    ])
  })
})

describe('bridges the host has already', () => {
  const lab = (host?: string): WantedLab => {
    const bridge = labNode('br0', { kind: 'bridge', ...(host === undefined ? {} : { host: host as HostName }) })
    const base = sampleLab('lab', [labNode('r1'), bridge], [['r1:eth1', 'br0:p1']])
    const bridges = [{ name: node('br0'), ...(host === undefined ? {} : { host: host as HostName }) }]
    const intent = { ...base, segments: base.segments.map((segment) => ({ ...segment, bridges })) }
    const names = host === undefined ? ['r1'] : ['r1', ...(host === 'h1' ? ['br0'] : [])]
    return { intent, assignment: assigned(intent, names) }
  }
  const there = (type: 'linux' | 'ovs'): Resource => ({
    kind: 'host-bridge',
    id: hostBridgeId('br0'),
    needs: [],
    name: 'br0',
    type,
  })
  const join = nicId(lab().intent.name, 'br0:br0' as EndpointKey)
  const joinOf = (wanted: readonly Resource[]): Resource | undefined => wanted.find(({ id }) => id === join)

  it('are joined by a pair: a Linux one as its master, one of Open vSwitch by a port without tag', () => {
    expect(joinOf(resourcesOf(lab()))).toBeUndefined()
    expect(joinOf(resourcesOf(lab(), [there('linux')]))).toMatchObject({
      form: { type: 'host', master: 'br0' },
      name: 'j-lab-br0',
      mac: expect.stringMatching(/^fe:ff(:[0-9a-f]{2}){4}$/),
      needs: ['host-bridge/br0'],
    })
    const ovs = resourcesOf(lab(), [there('ovs')])
    expect(joinOf(ovs)).toMatchObject({ form: { type: 'host' } })
    expect(ovs.find(({ id }) => id === 'port/j-lab-br0')).toMatchObject({ bridge: 'br0', vlan: 0 })
  })

  it('are joined only where they are pinned to, if they are', () => {
    expect(joinOf(resourcesOf(lab('h1'), [there('linux')]))).toBeDefined()
    expect(joinOf(resourcesOf(lab('h2'), [there('linux')]))).toBeUndefined()
  })

  it('are never removed, and what joins them stays while they cannot be seen', () => {
    const wanted = resourcesOf(lab(), [there('linux')])
    const seen = [...wanted.filter(({ id }) => id === join), there('linux')]
    expect(plan([], [there('linux')])).toEqual({ ready: [], blocked: [] })
    const blind = resourcesOf(
      lab(),
      seen.filter(({ kind }) => kind !== 'host-bridge'),
    )
    expect(joinOf(blind)).toMatchObject({ needs: [], form: { master: 'br0' } })
  })

  it('that lost the pair get it back in place', () => {
    const wanted = resourcesOf(lab(), [there('linux')]).filter(({ id }) => id === join || id === hostBridgeId('br0'))
    const lost = wanted.map((resource) =>
      resource.kind === 'nic' ? { ...resource, form: { type: 'host' as const } } : resource,
    )
    expect(plan(wanted, lost).ready).toMatchObject([
      { type: 'update', reason: 'is in no bridge, bridge br0 is wanted' },
    ])
  })
})

describe('where they are', () => {
  const host = (number: number) => ({
    ...({ id: `H${number}` as HostId, name: `h${number}`, role: 'core', state: 'alive' } as const),
    ...{ cpuFree: 2, memFreeMiB: 1000, nodes: 0 },
  })
  const hosts = [host(1), host(2), host(3)]
  const anchored = (anchors: readonly Anchor[], ends: readonly string[]): LabIntent => ({
    ...sampleLab('lab', [labNode('r1', { host: 'h1' as HostName })], [ends]),
    anchors,
  })
  const on = (answer: ReturnType<typeof place>, name: string): string | undefined =>
    answer.ok
      ? (answer.hosts as Readonly<Record<string, string>>)[name]
      : answer.problems.map(({ message }) => message).join()

  it('a host end is on the host that is named, else where it is, else where the lab was submitted', () => {
    const intent = anchored([{ type: 'host', name: node('host') }], ['r1:eth1', 'host:x'])
    expect(on(place({ intent, hosts, origin: 'H2' as HostId }), 'host')).toBe('H2')
    const current = { r1: 'H1', host: 'H3' } as unknown as Record<NodeName, HostId>
    expect(on(place({ intent, hosts, origin: 'H2' as HostId, current }), 'host')).toBe('H3')
    const pinned = anchored([{ type: 'host', name: node('host.h3'), host: 'h3' as HostName }], ['r1:eth1', 'host.h3:x'])
    expect(on(place({ intent: pinned, hosts, origin: 'H2' as HostId }), 'host.h3')).toBe('H3')
    expect(on(place({ intent, hosts }), 'host')).toMatch(/The host end host has no host: .* `host: NAME`/)
    const nowhere = anchored(
      [{ type: 'host', name: node('host.h9'), host: 'h9' as HostName }],
      ['r1:eth1', 'host.h9:x'],
    )
    expect(on(place({ intent: nowhere, hosts, origin: 'H2' as HostId }), 'host.h9')).toMatch(
      /h9, which this mesh does not have/,
    )
  })

  it('a tunnel is beside the other end of its link, and keeps nothing else there', () => {
    const anchor: Anchor = { type: 'vxlan', name: node('vxlan-5'), remote: '192.0.2.9', vni: 5, udpPort: 4789 }
    const intent = anchored([anchor], ['r1:eth1', 'vxlan-5:vni5'])
    expect(on(place({ intent, hosts, origin: 'H2' as HostId }), 'vxlan-5')).toBe('H1')
    const at = { r1: 'H1', 'vxlan-5': 'H1' } as unknown as Record<NodeName, HostId>
    const mtus = (to: LabIntent) => segmentsOf(to, at, () => 1400).map(({ mtuBytes }) => mtuBytes)
    expect(mtus(intent)).toEqual([1350])
    expect(mtus({ ...intent, anchors: [{ ...anchor, remote: '2001:db8::9' }] })).toEqual([1330])
  })

  it('a node with a macvlan is on the host of its parent; one on a host that went down stays', () => {
    const base = sampleLab('lab', [labNode('r1')], [['r1:eth1']])
    const device = { type: 'macvlan', parent: 'eth0', mode: 'bridge' } as const
    const intent = { ...base, segments: base.segments.map((segment) => ({ ...segment, device })) }
    expect(on(place({ intent, hosts, origin: 'H3' as HostId }), 'r1')).toBe('H3')
    const current = { r1: 'H2' } as unknown as Record<NodeName, HostId>
    expect(on(place({ intent, hosts, origin: 'H3' as HostId, current }), 'r1')).toBe('H2')
    const named = {
      ...intent,
      segments: base.segments.map((segment) => ({ ...segment, device: { ...device, host: 'h1' as HostName } })),
    }
    expect(on(place({ intent: named, hosts, origin: 'H3' as HostId }), 'r1')).toBe('H1')
  })
})

describe('macsOf', () => {
  it('takes what the file asks for, and gives the one it displaces what lies free', () => {
    const base = sampleLab('lab', [labNode('r1'), labNode('r2')], [['r1:eth1', 'r2:eth1']])
    const segments = base.segments.map((segment) => ({
      ...segment,
      endpoints: segment.endpoints.map((end) => (end.node === 'r1' ? { ...end, mac: MACS[1] } : end)),
    }))
    const macs = { 'r1:eth1': MACS[0], 'r2:eth1': MACS[1] }
    const found = macsOf({ ...base, segments }, { macs } as unknown as Assignment)
    expect([...found]).toEqual([
      ['r1:eth1', MACS[1]],
      ['r2:eth1', MACS[0]],
    ])
  })
})
