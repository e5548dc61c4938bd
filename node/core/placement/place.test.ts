import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HostId, NodeName } from '../model/ids.ts'
import { labNode, pinnedNode, sampleLab } from '../plan/testdata/lab.ts'
import { endpointsOf, type HostCapacity, type PlacementInput, place, segmentsOf } from './place.ts'

const host = (number: number, more: Partial<HostCapacity> = {}): HostCapacity => ({
  id: `H${number}` as HostId,
  name: `h${number}`,
  role: 'worker',
  state: 'alive',
  cpuFree: 8,
  memFreeMiB: 16_000,
  nodes: 0,
  ...more,
})
const lab = sampleLab(
  'frr01',
  ['r1', 'r2', 'r3', 'p1', 'p2', 'p3'].map((name) => labNode(name)),
  [
    ['r1:eth1', 'r2:eth1'],
    ['r1:eth2', 'r3:eth1'],
    ['r2:eth2', 'r3:eth2'],
    ['p1:eth1', 'r1:eth3'],
    ['p2:eth1', 'r2:eth3'],
    ['p3:eth1', 'r3:eth3'],
  ],
)
const placed = (input: PlacementInput): Readonly<Record<string, string>> => {
  const result = place(input)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.hosts
}
const problems = (input: PlacementInput): readonly string[] => {
  const result = place(input)
  return result.ok ? [] : result.problems.map(({ message }) => message)
}
const pinLab = (...nodes: Parameters<typeof pinnedNode>[]) =>
  sampleLab(
    'pin',
    nodes.map((each) => pinnedNode(...each)),
    [],
  )

describe('place', () => {
  it('gives each of three equal hosts its share, and neighbours one host where that is fair', () => {
    expect(placed({ intent: lab, hosts: [host(3), host(1), host(2)] })).toEqual({
      r1: 'H1',
      r2: 'H2',
      r3: 'H3',
      p1: 'H1',
      p2: 'H2',
      p3: 'H3',
    })
  })

  it('gives a host with much less free less', () => {
    const at = Object.values(placed({ intent: lab, hosts: [host(1), host(2, { cpuFree: 2 })] }))
    expect(at.filter((id) => id === 'H2').length).toBe(1)
  })

  it('counts what is there already', () => {
    expect(new Set(Object.values(placed({ intent: lab, hosts: [host(1, { nodes: 9 }), host(2)] })))).toEqual(
      new Set(['H2']),
    )
  })

  it('obeys pins, and says why everything is where it is', () => {
    const intent = sampleLab('pin', [pinnedNode('a', 'h2'), labNode('b'), labNode('c')], [])
    const result = place({
      intent,
      hosts: [host(1, { memFreeMiB: 17_500 }), host(2)],
      current: { ['c' as NodeName]: 'H1' as HostId } as Record<NodeName, HostId>,
    })
    expect(result).toMatchObject({
      ok: true,
      hosts: { a: 'H2', b: 'H1', c: 'H1' },
      reasons: {
        a: 'pinned to h2',
        b: 'fair share of h1: 1 lab nodes there, 8.0 CPUs and 17500 MiB free',
        c: 'stays on h1',
      },
    })
  })

  it('moves nodes off a drained host, but for those pinned to it', () => {
    const current = { a: 'H1', b: 'H1', c: 'H2' } as unknown as Record<NodeName, HostId>
    const intent = sampleLab('drain', [pinnedNode('a', 'h1'), labNode('b'), labNode('c')], [])
    const result = place({ intent, hosts: [host(1, { isDrained: true }), host(2), host(3, { nodes: 3 })], current })
    expect(result).toMatchObject({
      hosts: { a: 'H1', b: 'H2', c: 'H2' },
      reasons: { a: 'stays on h1: pinned to it', b: expect.stringContaining('fair share of h2'), c: 'stays on h2' },
    })
  })

  it('moves nodes off a drained host that is down', () => {
    const current = { b: 'H1' } as unknown as Record<NodeName, HostId>
    const intent = sampleLab('drain', [labNode('b')], [])
    expect(placed({ intent, hosts: [host(1, { isDrained: true, state: 'down' }), host(2)], current })).toEqual({
      b: 'H2',
    })
  })

  it('leaves a node on a drained host where no other has room, and says so', () => {
    const current = { big: 'H1' } as unknown as Record<NodeName, HostId>
    const intent = sampleLab('drain', [labNode('big', { memoryBytes: 64 * 2 ** 30 })], [])
    expect(place({ intent, hosts: [host(1, { isDrained: true }), host(2)], current })).toMatchObject({
      hosts: { big: 'H1' },
      reasons: {
        big: 'stays on h1: big fits on no host: h1: is drained; h2: memory: needs 65536 MiB, has 16000 MiB free.',
      },
    })
    expect(place({ intent, hosts: [host(1, { isDrained: true })], current })).toMatchObject({ hosts: { big: 'H1' } })
  })

  it('places nothing new on a drained host', () => {
    const hosts = [host(1, { isDrained: true }), host(2, { nodes: 50 })]
    expect(new Set(Object.values(placed({ intent: lab, hosts })))).toEqual(new Set(['H2']))
    expect(problems({ intent: pinLab(['a', 'h1']), hosts })).toEqual([
      'a is pinned to host h1, which is drained: `skein host undrain h1`.',
    ])
    expect(problems({ intent: lab, hosts: [host(1, { isDrained: true })] })).toContain(
      'r1 cannot run anywhere: no host is alive and not drained.',
    )
  })

  it('says everything that stands in the way of pins, with the nearest name', () => {
    const hosts = [
      host(1, { name: 'alpha' }),
      host(2, { name: 'beta', state: 'down' }),
      host(3, { name: 'gamma', state: 'left' }),
      host(4, { name: 'delta', state: 'suspect' }),
    ]
    expect(
      problems({
        intent: pinLab(['a', 'alpah'], ['b', 'beta'], ['c', 'gamma'], ['d', 'delta'], ['e', 'alpha']),
        hosts,
      }),
    ).toEqual([
      'a is pinned to host alpah, which this mesh does not have. Did you mean `alpha`?',
      'b is pinned to host beta, which is down.',
      'c is pinned to host gamma, which has left.',
      'd is pinned to host delta, which is suspect.',
    ])
  })

  it('leaves nodes where they are, also on a host that is down, until it has left or the pin says otherwise', () => {
    const current = { r1: 'H1', r2: 'H2', r3: 'H3' } as unknown as Record<NodeName, HostId>
    const hosts = [host(1, { state: 'down' }), host(2), host(3, { state: 'left' })]
    expect(placed({ intent: lab, hosts, current })).toMatchObject({ r1: 'H1', r2: 'H2', r3: 'H2', p1: 'H2' })
    expect(placed({ intent: pinLab(['r1', 'h2']), hosts, current })).toEqual({ r1: 'H2' })
  })

  it('admits only what fits in memory', () => {
    const big = (name: string) => labNode(name, { memoryBytes: 3 * 1024 ** 3 })
    const hosts = [host(1, { memFreeMiB: 4_000 }), host(2, { memFreeMiB: 4_000 })]
    expect(placed({ intent: sampleLab('m', [big('a'), big('b')], []), hosts })).toEqual({ a: 'H1', b: 'H2' })
    expect(problems({ intent: sampleLab('m', [big('a'), big('b'), big('c')], []), hosts })).toEqual([
      'c fits on no host: h1: memory: needs 3072 MiB, has 928 MiB free; h2: memory: needs 3072 MiB, has 928 MiB free.',
    ])
  })

  it('says when nothing is alive, and places nothing for bridges', () => {
    expect(problems({ intent: pinLab(), hosts: [] })).toEqual([])
    expect(problems({ intent: sampleLab('x', [labNode('a')], []), hosts: [host(1, { state: 'down' })] })).toEqual([
      'a cannot run anywhere: no host is alive and not drained.',
    ])
    expect(placed({ intent: sampleLab('x', [labNode('br', { kind: 'bridge' })], []), hosts: [] })).toEqual({})
  })

  it('answers the same in whatever order hosts are listed, and spreads equal hosts to within one node', () => {
    const counts = fc.integer({ min: 1, max: 5 })
    fc.assert(
      fc.property(
        counts,
        fc.integer({ min: 1, max: 20 }),
        fc.infiniteStream(fc.nat()),
        (hostCount, nodeCount, salt) => {
          const hosts = Array.from({ length: hostCount }, (_, index) => host(index))
          const intent = sampleLab(
            's',
            Array.from({ length: nodeCount }, (_, index) => labNode(`n${index}`)),
            [],
          )
          const straight = placed({ intent, hosts })
          const shuffled = hosts.map((each) => [salt.next().value ?? 0, each] as const).sort(([a], [b]) => a - b)
          expect(placed({ intent, hosts: shuffled.map(([, each]) => each) })).toEqual(straight)
          const load = hosts.map(({ id }) => Object.values(straight).filter((at) => at === id).length)
          expect(Math.max(...load) - Math.min(...load)).toBeLessThanOrEqual(1)
        },
      ),
    )
  })
})

describe('segmentsOf', () => {
  const at = { r1: 'H1', r2: 'H2', r3: 'H1' } as unknown as Record<NodeName, HostId>
  const nodes = ['r1', 'r2', 'r3'].map((name) => labNode(name))

  it('takes the MTU asked for, else what its way can carry', () => {
    const intent = sampleLab('m', nodes, [
      ['r1:eth1', 'r2:eth1'],
      ['r1:eth2', 'r3:eth1'],
    ])
    expect(segmentsOf(intent, at)).toEqual([
      { id: 'r1:eth1--r2:eth1', hosts: ['H1', 'H2'], mtuBytes: 9500 },
      { id: 'r1:eth2--r3:eth1', hosts: ['H1'], mtuBytes: 9500 },
    ])
    const together = { r1: 'H1', r2: 'H1', r3: 'H1' } as unknown as Record<NodeName, HostId>
    expect(segmentsOf(intent, together).map(({ mtuBytes }) => mtuBytes)).toEqual([9500, 9500])
    const asked = { ...intent, segments: intent.segments.map((segment) => ({ ...segment, mtuBytes: 1500 })) }
    expect(segmentsOf(asked, at, () => 9000).map(({ mtuBytes }) => mtuBytes)).toEqual([1500, 1500])
    expect(
      segmentsOf({ ...intent, links: intent.links.map((link) => ({ ...link, mtuBytes: 1400 })) }, at)[0]?.mtuBytes,
    ).toBe(1400)
  })

  it.each([
    ['nothing told', {}, 1370],
    ['both the usual', { H1: 1500, H2: 1500 }, 1370],
    ['the smaller counts', { H1: 9000, H2: 1430 }, 1300],
    ['one told nothing', { H1: 9000 }, 1370],
    ['jumbo frames', { H1: 9000, H2: 9100 }, 8870],
    ['more than any link is given unasked', { H1: 65_536, H2: 65_536 }, 9500],
  ])('the way between two hosts: %s', (_what, told: Readonly<Record<string, number>>, mtuBytes) => {
    const intent = sampleLab('m', nodes, [['r1:eth1', 'r2:eth1']])
    expect(segmentsOf(intent, at, (host) => told[host])[0]?.mtuBytes).toBe(9500)
    const strict = { ...intent, strictMtu: true }
    expect(segmentsOf(strict, at, (host) => told[host])[0]?.mtuBytes).toBe(mtuBytes)
  })

  it('is one segment for a bridge over all its hosts; none where nothing ends', () => {
    const intent = sampleLab(
      'b',
      [...nodes, labNode('br', { kind: 'bridge' })],
      [
        ['r1:eth1', 'br:p1'],
        ['r2:eth1', 'br:p2'],
        ['r3:eth1', 'br:p3'],
      ],
    )
    expect(segmentsOf(intent, at)).toEqual([{ id: 'br', hosts: ['H1', 'H2'], mtuBytes: 9500 }])
    expect(endpointsOf(intent)).toEqual(['r1:eth1', 'r2:eth1', 'r3:eth1'])
    expect(segmentsOf(intent, {} as Record<NodeName, HostId>)).toEqual([])
  })
})
