import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endpointKey, type HostId } from '../model/ids.ts'
import type { EndStatus, LabStatus, NodeStatus, VtepStatus } from '../model/lab.ts'
import { assign } from '../plan/testdata/host.ts'
import { labNode, rosterEntry, sampleLab } from '../plan/testdata/lab.ts'
import { type LabViewInput, labView } from './view.ts'

const intent = sampleLab(
  'lab',
  [labNode('r1'), labNode('r2'), labNode('r3')],
  [
    ['r1:eth1', 'r2:eth1'],
    ['r1:eth2', 'r3:eth1'],
  ],
)
const placed = { r1: 1, r2: 2, r3: 1 }
const assignment = assign(intent, placed)
const roster = [1, 2, 3].map((number) => rosterEntry(number))
const CROSS = 'r1:eth1--r2:eth1'

/** What a host tells that did all it was asked. */
function perfect(host: number, from = intent, to = assignment): LabStatus {
  const id = `H${host}` as HostId
  const here = from.nodes.filter((node) => to.hosts[node.name] === id)
  const segments = from.segments.flatMap((segment) => {
    const given = to.segments[segment.id]
    return given ? [{ segment, given }] : []
  })
  return {
    lab: from.name,
    intentVersion: to.intentVersion,
    index: to.index,
    nodes: here.map(({ name }): NodeStatus => ({ name, state: 'running', ready: true })),
    ends: segments.flatMap(({ segment, given }) =>
      segment.endpoints
        .filter((end) => to.hosts[end.node] === id)
        .map((end): EndStatus => {
          const vlan = given.vlans[id]
          return {
            endpoint: endpointKey(end.node, end.interface),
            segment: segment.id,
            ...(vlan === undefined ? {} : { vlan }),
            mtuBytes: given.mtuBytes,
            carrier: true,
          }
        }),
    ),
    vteps: segments.flatMap(({ segment, given }): VtepStatus[] => {
      const vlan = given.vlans[id]
      if (given.vni === null || vlan === undefined) return []
      const remotes = roster
        .filter((other) => other.id !== id && given.vlans[other.id] !== undefined)
        .map(({ overlayAddress }) => overlayAddress)
      return [{ segment: segment.id, vni: given.vni, vlan, mtuBytes: given.mtuBytes, remotes }]
    }),
    notes: [],
  }
}

const told = (...statuses: readonly (readonly [number, LabStatus])[]): ReadonlyMap<HostId, LabStatus> =>
  new Map(statuses.map(([host, status]) => [`H${host}` as HostId, status]))
const input = (more: Partial<LabViewInput> = {}): LabViewInput => ({
  intent,
  generation: 3,
  assignment,
  statuses: told([1, perfect(1)], [2, perfect(2)]),
  roster,
  isAlive: () => true,
  ...more,
})
const withEnd = (host: number, change: Partial<EndStatus>, at = 0): LabViewInput => {
  const status = perfect(host)
  return input({
    statuses: told(
      [1, perfect(1)],
      [2, perfect(2)],
      [host, { ...status, ends: status.ends.map((end, index) => (index === at ? { ...end, ...change } : end)) }],
    ),
  })
}
const withVtep = (change: Partial<VtepStatus>): LabViewInput => {
  const status = perfect(2)
  return input({
    statuses: told([1, perfect(1)], [2, { ...status, vteps: status.vteps.map((vtep) => ({ ...vtep, ...change })) }]),
  })
}
const SEEN = { seen: { vlan: 100, mtu: 9500, mac: null, carrier: true } }
const summary = (view: ReturnType<typeof labView>) => ({
  lab: view.state,
  nodes: view.nodes.map(({ state }) => state).join(' '),
  links: view.links.map(({ state }) => state).join(' '),
})

describe('labView', () => {
  it('is up when every node is ready and both ends of every link were read back', () => {
    const view = labView(input())
    expect(summary(view)).toEqual({ lab: 'up', nodes: 'running running running', links: 'up up' })
    expect(view.nodes[1]).toEqual({ name: 'r2', kind: 'linux', host: 'h2', state: 'running', image: 'frr:10' })
    expect(view.links[0]).toEqual({
      id: CROSS,
      state: 'up',
      endpoints: [
        { ...SEEN, node: 'r1', kind: 'linux', interface: 'eth1', host: 'h1', mac: 'aa:c1:ab:00:00:01', vlan: 100 },
        { ...SEEN, node: 'r2', kind: 'linux', interface: 'eth1', host: 'h2', mac: 'aa:c1:ab:00:00:02', vlan: 100 },
      ],
      vni: 5000,
      mtu: 9500,
      tunnels: [
        { host: 'h1', vlan: 100, seen: { vni: 5000, vlan: 100, mtu: 9500, remotes: ['10.213.0.2'] } },
        { host: 'h2', vlan: 100, seen: { vni: 5000, vlan: 100, mtu: 9500, remotes: ['10.213.0.1'] } },
      ],
    })
    expect(view.links[1]).toMatchObject({ vni: null, mtu: 9500 })
  })

  it('says what the way between hosts carries whole, where it is known', () => {
    const { links } = labView(input({ underlayMtu: (host) => (host === 'H1' ? 9000 : 1430) }))
    expect(links.map(({ pathMtu }) => pathMtu)).toEqual([1300, undefined])
  })

  it('waits without an assignment, and says for what', () => {
    const waiting = { code: 'NO_QUORUM', message: 'h2 and h3 are missing' } as const
    const view = labView(input({ assignment: undefined, waiting }))
    expect(summary(view)).toEqual({ lab: 'pending', nodes: 'pending pending pending', links: 'pending pending' })
    expect(view).toMatchObject({
      waiting,
      nodes: [{ host: null }, {}, {}],
      links: [{ vni: null, mtu: null, endpoints: [{ mac: null, vlan: null }, {}] }, {}],
    })
  })

  it('is being made while hosts are silent or tell of an earlier assignment', () => {
    expect(summary(labView(input({ statuses: told() })))).toEqual({
      lab: 'creating',
      nodes: 'pending pending pending',
      links: 'pending pending',
    })
    const stale = { ...perfect(2), index: 6 }
    expect(summary(labView(input({ statuses: told([1, perfect(1)], [2, stale]) })))).toEqual({
      lab: 'creating',
      nodes: 'running creating running',
      links: 'creating up',
    })
    const busy = { ...perfect(2), nodes: perfect(2).nodes.map((node) => ({ ...node, ready: false })) }
    expect(labView(input({ statuses: told([1, perfect(1)], [2, busy]) })).state).toBe('creating')
    expect(
      summary(labView(input({ statuses: told([1, perfect(1)], [2, { ...perfect(2), ends: [], vteps: [] }]) }))).links,
    ).toBe('creating up')
  })

  it('is degraded while a host is down, and says which', () => {
    const view = labView(input({ isAlive: (host) => host !== 'H2' }))
    expect(summary(view)).toEqual({ lab: 'degraded', nodes: 'running error running', links: 'error up' })
    expect([view.nodes[1]?.error, view.links[0]?.error]).toEqual(['host h2 is down', 'host h2 is down'])
    const gone = labView(input({ roster: [rosterEntry(1), rosterEntry(2, { state: 'removed' })] }))
    expect(gone.nodes[1]?.error).toBe('host h2 has left')
  })

  it('is in error when nothing works', () => {
    expect(labView(input({ isAlive: () => false })).state).toBe('error')
  })

  it('says why a node failed at the node, and at its links which node that is', () => {
    const status: LabStatus = {
      ...perfect(2),
      nodes: [{ name: 'r2' as never, state: 'error', ready: false, error: 'image frr:10 is not here' }],
    }
    const view = labView(input({ statuses: told([1, perfect(1)], [2, status]) }))
    expect(view).toMatchObject({
      state: 'degraded',
      nodes: [{}, { state: 'error', error: 'image frr:10 is not here' }, {}],
    })
    expect(view.links[0]?.error).toBe('node r2 on h2 cannot be started')
  })

  it('counts a stopped container as a failure, not as one that is coming', () => {
    const status: LabStatus = {
      ...perfect(2),
      nodes: [{ name: 'r2' as never, state: 'stopped', ready: false }],
      ends: [],
    }
    const view = labView(input({ statuses: told([1, perfect(1)], [2, status]) }))
    expect(summary(view)).toEqual({ lab: 'degraded', nodes: 'running stopped running', links: 'error up' })
    expect(view.links[0]?.error).toBe('node r2 on h2 is stopped')
  })

  it('is up with a node that has ended well: its links are down, which is no failure', () => {
    const ended: LabStatus = {
      ...perfect(2),
      nodes: [{ name: 'r2' as never, state: 'stopped', ready: true }],
      ends: [],
    }
    const view = labView(input({ statuses: told([1, perfect(1)], [2, ended]) }))
    expect(summary(view)).toEqual({ lab: 'up', nodes: 'running exited running', links: 'down up' })
    expect(view.links[0]).not.toHaveProperty('error')
  })

  it('is down once it is to be taken down', () => {
    expect(labView(input({ isDeleted: true })).state).toBe('down')
  })

  it('hands on notes with the name of the host', () => {
    expect(labView(input({ statuses: told([1, { ...perfect(1), notes: ['exec failed'] }]) })).notes).toEqual([
      'h1: exec failed',
    ])
  })

  it.each<[string, LabViewInput, string]>([
    ['a tag', withEnd(2, { vlan: 7 as never }), 'r2:eth1 on h2: VLAN tag is 7, 100 is assigned'],
    ['an MTU', withEnd(2, { mtuBytes: 1400 }), 'r2:eth1 on h2: MTU is 1400, 9500 is assigned'],
    [
      'a MAC address',
      withEnd(2, { mac: '02:00:00:00:00:09' }),
      'r2:eth1 on h2: MAC address is 02:00:00:00:00:09, aa:c1:ab:00:00:02 is assigned',
    ],
    ['the carrier', withEnd(1, { carrier: false }), 'r1:eth1 on h1: no carrier'],
    ['what the host says', withEnd(1, { error: 'port is stale' }), 'r1:eth1 on h1: port is stale'],
    ['a VNI', withVtep({ vni: 9 as never }), `tunnel of ${CROSS} on h2: VNI is 9, 5000 is assigned`],
    ['a tunnel’s tag', withVtep({ vlan: 9 as never }), `tunnel of ${CROSS} on h2: VLAN tag is 9, 100 is assigned`],
    ['a tunnel’s MTU', withVtep({ mtuBytes: 9 }), `tunnel of ${CROSS} on h2: MTU is 9, 9500 is assigned`],
    ['the flood list', withVtep({ remotes: [] }), `tunnel of ${CROSS} on h2: floods to nobody, 10.213.0.1 is assigned`],
    [
      'one remote too many',
      withVtep({ remotes: ['10.213.0.1', '10.9.9.9'] }),
      `tunnel of ${CROSS} on h2: floods to 10.213.0.1, 10.9.9.9, 10.213.0.1 is assigned`,
    ],
    ['a tunnel’s own trouble', withVtep({ error: 'device is down' }), `tunnel of ${CROSS} on h2: device is down`],
  ])('names the first wrong thing: %s', (_what, from, error) => {
    const view = labView(from)
    expect(view.links[0]).toMatchObject({ state: 'error', error })
    expect(view.links[1]?.state).toBe('up')
    expect(view.state).toBe('degraded')
  })

  it('says what is being done about what is wrong, and of what is still to be made', () => {
    const broken = labView(withEnd(1, { error: 'port is stale', doing: 'being mended' }))
    expect(broken.links[0]).toMatchObject({ state: 'error', doing: 'being mended' })
    const { links } = labView(withVtep({ doing: 'tunnel device skv1: missing, being mended' }))
    expect(links[0]).toMatchObject({
      state: 'creating',
      doing: `tunnel of ${CROSS} on h2: tunnel device skv1: missing, being mended`,
    })
    expect(links[0]).not.toHaveProperty('error')
  })

  it('names a host that is down before anything else', () => {
    const view = labView({ ...withEnd(1, { error: 'port is stale' }), isAlive: (host) => host !== 'H2' })
    expect(view.links[0]?.error).toBe('host h2 is down')
  })

  it('shows a bridge as running nowhere, and its links by their own ends', () => {
    const bridged = sampleLab(
      'b',
      [labNode('r1'), labNode('r2'), labNode('br', { kind: 'bridge', image: '' })],
      [
        ['r1:eth1', 'br:a'],
        ['r2:eth1', 'br:b'],
      ],
    )
    const answer = assign(bridged, { r1: 1, r2: 2 })
    const base = input({
      intent: bridged,
      assignment: answer,
      statuses: told([1, perfect(1, bridged, answer)], [2, perfect(2, bridged, answer)]),
    })
    const view = labView(base)
    expect(summary(view)).toEqual({ lab: 'up', nodes: 'running running running', links: 'up up' })
    expect(view.nodes[2]).toMatchObject({ kind: 'bridge', host: '' })
    expect(view.links[0]?.endpoints.find(({ node }) => node === 'br')).toEqual({
      node: 'br',
      kind: 'bridge',
      interface: 'a',
      host: '',
      mac: null,
      vlan: null,
    })
    expect(summary(labView({ ...base, isAlive: (host) => host !== 'H2' }))).toEqual({
      lab: 'degraded',
      nodes: 'running error running',
      links: 'up error',
    })
  })

  it('never calls a link up unless both ends were read back exactly as assigned', () => {
    const mutate = fc.record({
      host: fc.constantFrom(1, 2),
      end: fc.record({
        vlan: fc.constantFrom(undefined, 1, 100),
        mtuBytes: fc.constantFrom(undefined, 1370, 9500),
        carrier: fc.boolean(),
      }),
      index: fc.constantFrom(6, 7),
      isTold: fc.boolean(),
      isAlive: fc.boolean(),
      vni: fc.constantFrom(undefined, 5000, 5001),
    })
    fc.assert(
      fc.property(mutate, ({ host, end, index, isTold, isAlive, vni }) => {
        const clean = perfect(host)
        const status = {
          ...clean,
          index,
          ends: clean.ends.map((each, at) => (at === 0 ? { ...each, ...end } : each)),
          vteps: clean.vteps.map((each) => ({ ...each, vni })),
        } as unknown as LabStatus
        const others = [1, 2].filter((each) => each !== host).map((each) => [each, perfect(each)] as const)
        const view = labView(
          input({
            statuses: told(...others, ...(isTold ? [[host, status] as const] : [])),
            isAlive: (id) => isAlive || id !== `H${host}`,
          }),
        )
        const isRight =
          isTold && isAlive && index === 7 && end.vlan === 100 && end.mtuBytes === 9500 && end.carrier && vni === 5000
        expect(view.links[0]?.state === 'up').toBe(isRight)
        expect(view.links[0]?.error === undefined).toBe(view.links[0]?.state !== 'error')
      }),
    )
  })
})
