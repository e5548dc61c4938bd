import { describe, expect, it } from 'vitest'
import type { HostId, LabName, NodeName } from '../model/ids.ts'
import { own } from '../model/own.ts'
import { decodeCommand } from './commands.ts'
import type { Assign, MgmtDemand } from './lab-commands.ts'
import { apply, initialState, type State } from './machine.ts'
import { decodeState, encodeState } from './snapshot.ts'

const host = (number: number) => ({
  id: `H${number}` as HostId,
  name: `h${number}` as never,
  role: 'core' as const,
  addresses: [`192.168.7.${number}`],
  port: 1,
  wgPublicKey: 'a',
  wgPort: 1,
})

const mesh = (): State => {
  const state = initialState({ meshId: 'm', first: host(1), nowMs: 0 })
  const second = { ...host(2), overlayAddress: '10.213.0.2', state: 'admitted' as const }
  return { ...state, roster: { ...state.roster, H2: second } }
}

const demand = (
  nodes: Record<string, { ipv4?: string; ipv6?: string }>,
  more: Partial<MgmtDemand> = {},
): MgmtDemand => ({
  network: 'clab',
  mtuBytes: 1370,
  externalAccess: true,
  ...more,
  nodes: nodes as MgmtDemand['nodes'],
})

let count = 0
const assign = (lab: string, at: Record<string, HostId>, more: Partial<Assign> = {}): Assign => {
  count += 1
  return {
    type: 'assign',
    requestId: `r${count}`,
    nowMs: count,
    lab: lab as LabName,
    intentVersion: `${count}.1.H1`,
    hosts: at as Record<NodeName, HostId>,
    segments: [],
    endpoints: [],
    mgmt: demand(Object.fromEntries(Object.keys(at).map((node) => [node, {}]))),
    ...more,
  }
}
const release = (lab: string) => {
  count += 1
  return {
    type: 'release',
    requestId: `r${count}`,
    nowMs: count,
    lab: lab as LabName,
    intentVersion: `${count}.1.H1`,
  } as const
}
const [H1, H2] = ['H1', 'H2'] as HostId[] as [HostId, HostId]

const applied = (state: State, ...commands: readonly (Assign | ReturnType<typeof release>)[]): State =>
  commands.reduce((before, command) => {
    const { state: next, result } = apply(before, { index: count, term: 1 }, command)
    if (!result.ok) throw new Error(result.message)
    return next
  }, state)
const refused = (state: State, command: Assign): string => {
  const { state: next, result } = apply(state, { index: count, term: 1 }, command)
  if (!result.ok) expect(next.pools).toBe(state.pools)
  return result.ok ? 'not refused' : `${result.code} ${result.message}`
}
const of = (state: State, lab: string) => {
  const mgmt = own(state.assignments, lab)?.mgmt
  if (mgmt === undefined) throw new Error('no network')
  return mgmt
}
const ipv4 = (state: State, lab: string) =>
  Object.fromEntries(Object.entries(of(state, lab).nodes).map(([node, { ipv4: four }]) => [node, four]))

describe('a management network', () => {
  it('gives nodes the lowest addresses, hosts the highest, and itself a VNI and tags', () => {
    const state = applied(mesh(), assign('a', { r1: H1, r2: H2 }))
    expect(of(state, 'a')).toEqual({
      network: 'clab',
      ipv4Subnet: '172.20.20.0/24',
      ipv4Gw: '172.20.20.1',
      ipv6Subnet: '3fff:172:20:20::/64',
      ipv6Gw: '3fff:172:20:20::1',
      externalAccess: true,
      mtuBytes: 1370,
      vni: 4096,
      hosts: {
        H1: { vlan: 1, ipv4: '172.20.20.254', ipv6: '3fff:172:20:20::fe' },
        H2: { vlan: 1, ipv4: '172.20.20.253', ipv6: '3fff:172:20:20::fd' },
      },
      nodes: {
        r1: { ipv4: '172.20.20.2', ipv6: '3fff:172:20:20::2' },
        r2: { ipv4: '172.20.20.3', ipv6: '3fff:172:20:20::3' },
      },
    })
  })

  it('is one for all labs that name it: one VNI, one tag and one address of a host, addresses never twice', () => {
    const state = applied(mesh(), assign('a', { r1: H1 }), assign('b', { r1: H1, r2: H2 }))
    const [a, b] = [of(state, 'a'), of(state, 'b')]
    expect(b.vni).toBe(a.vni)
    expect(b.hosts[H1]).toEqual(a.hosts[H1])
    expect([ipv4(state, 'a'), ipv4(state, 'b')]).toEqual([
      { r1: '172.20.20.2' },
      { r1: '172.20.20.3', r2: '172.20.20.4' },
    ])
  })

  it('keeps addresses over redeploys, gives back those that are no longer needed, and goes with its last lab', () => {
    const one = applied(mesh(), assign('a', { r1: H1, r2: H2, r3: H2 }))
    const two = applied(one, assign('a', { r2: H2, r3: H2 }), assign('b', { x: H1 }))
    expect(ipv4(two, 'a')).toEqual({ r2: '172.20.20.3', r3: '172.20.20.4' })
    expect(ipv4(two, 'b')).toEqual({ x: '172.20.20.2' })
    const gone = applied(two, release('a'), release('b'))
    expect(
      [...gone.pools.entries()].flatMap(([name, { owners }]) => (name === 'overlay' ? [] : [...owners.entries()])),
    ).toEqual([])
    expect(ipv4(applied(gone, assign('a', { r1: H1 })), 'a')).toEqual({ r1: '172.20.20.2' })
  })

  it('gives a node the address it asks for, also where it has another, and not one that somebody has', () => {
    const fixed = demand({ r1: { ipv4: '172.20.20.7', ipv6: '3FFF:172:20:20::77' }, r2: {} })
    const one = applied(mesh(), assign('a', { r1: H1, r2: H1 }))
    const two = applied(one, assign('a', { r1: H1, r2: H1 }, { mgmt: fixed }))
    expect(of(two, 'a').nodes).toEqual({
      r1: { ipv4: '172.20.20.7', ipv6: '3fff:172:20:20::77' },
      r2: { ipv4: '172.20.20.3', ipv6: '3fff:172:20:20::3' },
    })
    const ask = (ipv: { ipv4?: string; ipv6?: string }) => assign('b', { x: H1 }, { mgmt: demand({ x: ipv }) })
    expect(refused(two, ask({ ipv4: '172.20.20.7' }))).toMatch(
      /^MGMT_CONFLICT .*172\.20\.20\.7, which node x asks for, is held by node r1 of lab a/,
    )
    expect(refused(two, ask({ ipv6: '3fff:172:20:20::77' }))).toMatch(/is held by node r1 of lab a/)
    expect(refused(two, ask({ ipv4: '172.20.20.254' }))).toMatch(/held by the network itself/)
    expect(refused(two, ask({ ipv4: '172.20.20.1' }))).toMatch(/is no address for nodes/)
    expect(refused(two, ask({ ipv4: '10.0.0.1' }))).toMatch(/is no address for nodes/)
    expect(refused(two, ask({ ipv6: '2001:db8::1' }))).toMatch(/is not in 3fff/)
    expect(
      refused(
        mesh(),
        assign('c', { x: H1, y: H1 }, { mgmt: demand({ x: { ipv4: '172.20.20.9' }, y: { ipv4: '172.20.20.9' } }) }),
      ),
    ).toMatch(/MGMT_CONFLICT/)
  })

  it('steps aside with IPv6 where another node asked for that address', () => {
    const mgmt = demand({ r1: { ipv6: '3fff:172:20:20::2' }, r2: { ipv4: '172.20.20.2' } })
    expect(of(applied(mesh(), assign('a', { r1: H1, r2: H1 }, { mgmt })), 'a').nodes).toEqual({
      r1: { ipv4: '172.20.20.3', ipv6: '3fff:172:20:20::2' },
      r2: { ipv4: '172.20.20.2', ipv6: '3fff:172:20:20::1:2' },
    })
  })

  it('has the subnets it asks for, a range for what it gives, and no IPv6 where only IPv4 was asked for', () => {
    const mgmt = demand(
      { r1: {} },
      { network: 'x', ipv4Subnet: '172.100.100.0/24', ipv4Gw: '172.100.100.254', ipv4Range: '172.100.100.128/25' },
    )
    const state = applied(mesh(), assign('a', { r1: H1 }, { mgmt }))
    expect(of(state, 'a')).toMatchObject({
      ipv4Gw: '172.100.100.254',
      nodes: { r1: { ipv4: '172.100.100.128' } },
      hosts: { H1: { ipv4: '172.100.100.253' } },
    })
    expect(of(state, 'a').ipv6Subnet).toBeUndefined()
  })

  it('takes the next subnet where nobody chose one, and refuses a chosen one that others have', () => {
    const state = applied(mesh(), assign('a', { r1: H1 }))
    const other = assign('b', { r1: H1 }, { mgmt: demand({ r1: {} }, { network: 'other' }) })
    expect(of(applied(state, other), 'b')).toMatchObject({
      ipv4Subnet: '172.20.21.0/24',
      ipv6Subnet: '3fff:172:20:21::/64',
      vni: 4097,
    })
    const ask = (more: Partial<MgmtDemand>) =>
      refused(state, assign('c', { r1: H1 }, { mgmt: demand({ r1: {} }, more) }))
    expect(ask({ network: 'z', ipv4Subnet: '172.20.0.0/16' })).toMatch(
      /shares addresses with the management network clab of lab a/,
    )
    expect(ask({ network: 'z', ipv4Subnet: '10.213.4.0/24' })).toMatch(/the network between the hosts/)
    expect(ask({ network: 'z', ipv4Subnet: '192.168.7.0/24' })).toMatch(/host h1/)
    expect(ask({ ipv4Subnet: '172.20.21.0/24' })).toMatch(/which lab a has made with 172\.20\.20\.0\/24/)
    expect(ask({ ipv4Subnet: '172.20.20.0/24' })).toBe('not refused')
  })

  it('is left for another one', () => {
    const one = applied(mesh(), assign('a', { r1: H1 }))
    const two = applied(
      one,
      assign('a', { r1: H1 }, { mgmt: demand({ r1: {} }, { network: 'b', ipv4Subnet: '172.30.0.0/24' }) }),
    )
    expect(ipv4(two, 'a')).toEqual({ r1: '172.30.0.2' })
    expect([...(two.pools.get('mgmt')?.owners.entries() ?? [])]).toEqual([])
  })

  it('refuses when all addresses are given', () => {
    const nodes = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`r${at}`, H1]))
    const mgmt = demand(Object.fromEntries(Object.keys(nodes).map((node) => [node, {}])), {
      network: 's',
      ipv4Subnet: '172.31.0.0/29',
    })
    expect(refused(mesh(), assign('a', nodes, { mgmt }))).toMatch(/^POOL_EXHAUSTED/)
  })

  it('travels in commands and snapshots', () => {
    const command = assign(
      'a',
      { r1: H1 },
      {
        mgmt: demand(
          { r1: { ipv4: '172.20.20.9' } },
          { network: 'x', ipv4Subnet: '172.20.20.0/24', ipv4Gw: '172.20.20.1' },
        ),
      },
    )
    expect(decodeCommand(JSON.parse(JSON.stringify(command)))).toEqual(command)
    expect(decodeCommand({ ...command, mgmt: { ...command.mgmt, network: '../x' } })).toBeUndefined()
    const state = applied(mesh(), command, assign('b', { r1: H2 }, { mgmt: demand({ r1: {} }, { network: 'y' }) }))
    expect(encodeState(decodeState(JSON.parse(JSON.stringify(encodeState(state)))))).toEqual(encodeState(state))
  })

  it('is taken over exactly by a later epoch', () => {
    const { assignments } = applied(mesh(), assign('a', { r1: H1, r2: H2 }), assign('b', { r1: H2 }))
    const fresh: State = { ...mesh(), epoch: 2 }
    const adopt = (state: State, lab: string) => {
      count += 1
      const assignment = own(assignments, lab)
      if (assignment === undefined) throw new Error('no lab')
      return apply(
        state,
        { index: count, term: 1 },
        { type: 'adopt', requestId: `r${count}`, nowMs: count, assignment },
      )
    }
    const one = adopt(fresh, 'a')
    const two = adopt(one.state, 'b')
    expect([one.result.ok, two.result.ok]).toEqual([true, true])
    expect(of(two.state, 'b')).toEqual(own(assignments, 'b')?.mgmt)
    expect(refused(two.state, assign('c', { x: H1 }, { mgmt: demand({ x: { ipv4: '172.20.20.2' } }) }))).toMatch(
      /node r1 of lab a/,
    )
    const clashing = adopt(applied(fresh, assign('z', { r1: H1 })), 'a')
    expect(clashing.result).toMatchObject({ ok: false, code: 'ALLOCATION_CONFLICT' })
  })
})

describe('published ports', () => {
  const port = (node: string, at: HostId, hostPort: number, protocol: 'tcp' | 'udp' = 'tcp') =>
    ({ node: node as NodeName, host: at, hostPort, containerPort: 80, protocol }) as const

  it('are one holder’s for each host, port and protocol, and free again when the lab goes', () => {
    const one = applied(mesh(), assign('a', { r1: H1 }, { published: [port('r1', H1, 8080)] }))
    expect(own(one.assignments, 'a')?.published).toEqual([port('r1', H1, 8080)])
    const ask = (...published: ReturnType<typeof port>[]) => assign('b', { x: H1 }, { published })
    expect(refused(one, ask(port('x', H1, 81), port('x', H1, 8080)))).toBe(
      'PORT_TAKEN Lab b cannot publish port 8080 on host h1: node r1 of lab a has it.',
    )
    applied(one, ask(port('x', H2, 8080), port('x', H1, 8080, 'udp')))
    applied(one, release('a'), ask(port('x', H1, 8080)))
    expect(refused(mesh(), ask(port('x', H1, 90), port('y', H1, 90)))).toMatch(/two nodes of lab b publish it there/)
  })

  it('are not given out again by number', () => {
    count += 1
    const reserve = {
      type: 'reserve',
      requestId: `r${count}`,
      nowMs: count,
      pool: `port/${H1}`,
      owner: 'iperf',
      count: 1,
      ttlMs: null,
    } as const
    const { state } = apply(mesh(), { index: 1, term: 1 }, reserve)
    expect(refused(state, assign('a', { r1: H1 }, { published: [port('r1', H1, 20_000)] }))).toMatch(/iperf has it/)
    const one = applied(
      mesh(),
      assign('a', { r1: H1 }, { published: [port('r1', H1, 20_000), port('r1', H1, 20_000, 'udp')] }),
    )
    const { result } = apply(one, { index: 2, term: 1 }, { ...reserve, requestId: 'again' })
    expect(result).toMatchObject({ ok: true, value: { values: [20_001] } })
  })
})
