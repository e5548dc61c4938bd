import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HostId, NodeName } from '../model/ids.ts'
import type { LabNode, NodeRequest } from '../model/lab.ts'
import { labNode, pinnedNode, sampleLab } from '../plan/testdata/lab.ts'
import { requestOf, requestsOf } from './amounts.ts'
import { type HostCapacity, type PlacementInput, place } from './place.ts'

const MIB = 2 ** 20
const host = (number: number, more: Partial<HostCapacity> = {}): HostCapacity => ({
  id: `H${number}` as HostId,
  name: `h${number}`,
  role: 'worker',
  state: 'alive',
  cpuFree: 4,
  memFreeMiB: 8_000,
  total: { cpu: 400, mem: 8_192 },
  limit: { cpu: 1_600, mem: 8_192 },
  promised: { cpu: 0, mem: 0 },
  nodes: 0,
  ...more,
})
const asks = (name: string, mem: number, more: Partial<LabNode> = {}) =>
  labNode(name, { memoryBytes: mem * MIB, ...more })
const where = (hosts: Readonly<Record<string, string>>) => hosts as unknown as Readonly<Record<NodeName, HostId>>
const held = (requests: Readonly<Record<string, NodeRequest>>) =>
  requests as unknown as Readonly<Record<NodeName, NodeRequest>>
const lab = (...nodes: readonly LabNode[]) => sampleLab('lab', [...nodes], [])
const answer = (input: PlacementInput) => {
  const result = place(input)
  return result.ok ? result.hosts : result.problems.map(({ message }) => message)
}

describe('what nodes ask for', () => {
  it('is their limits, and what former versions decided is what the file asks', () => {
    expect(requestOf(labNode('a', { cpu: 0.5, memoryBytes: 1.5 * MIB }))).toEqual({ cpu: 50, mem: 2 })
    expect(requestsOf(lab(asks('a', 64), labNode('b'), labNode('c', { cpu: 2 })))).toEqual({
      a: { mem: 64 },
      c: { cpu: 200 },
    })
  })

  it('goes where there is room for it: what is promised counts, and what other programs have taken', () => {
    const intent = lab(asks('a', 4_096))
    const promised = host(1, { promised: { cpu: 0, mem: 6_092 } })
    expect(answer({ intent, hosts: [promised, host(2, { nodes: 50 })] })).toEqual({ a: 'H2' })
    expect(answer({ intent, hosts: [host(1, { memFreeMiB: 3_000 }), host(2, { nodes: 50 })] })).toEqual({ a: 'H2' })
    expect(answer({ intent, hosts: [host(1, { pendingMiB: 5_000 }), host(2, { nodes: 50 })] })).toEqual({ a: 'H2' })
  })

  it('is refused as a whole, with what every host says', () => {
    const hosts = [
      host(1, { promised: { cpu: 0, mem: 6_092 } }),
      host(2, { memFreeMiB: 1_000 }),
      host(3, { isDrained: true }),
      host(4, { total: { cpu: 200, mem: 9_000 }, limit: { cpu: 800, mem: 9_000 }, promised: { cpu: 750, mem: 0 } }),
    ]
    const result = place({ intent: lab(asks('a', 4_096, { cpu: 1 }), labNode('b'), labNode('c', { cpu: 8 })), hosts })
    expect(result).toEqual({
      ok: false,
      problems: [
        {
          node: 'a',
          message:
            'a fits on no host: h1: memory: needs 4096 MiB, has 2100 of 8192 left, promised 6092; h2: memory: needs 4096 MiB, has 1000 free (of 8192, promised 0; other programs have the rest); h3: is drained; h4: cpu: needs 1, has 0.5 of 8 left, promised 7.5.',
          hosts: [
            { host: 'h1', why: 'memory: needs 4096 MiB, has 2100 of 8192 left, promised 6092' },
            {
              host: 'h2',
              why: 'memory: needs 4096 MiB, has 1000 free (of 8192, promised 0; other programs have the rest)',
            },
            { host: 'h3', why: 'is drained' },
            { host: 'h4', why: 'cpu: needs 1, has 0.5 of 8 left, promised 7.5' },
          ],
        },
        expect.objectContaining({ node: 'c', message: expect.stringContaining('h1: cpu: needs 8, has 4; ') }),
      ],
    })
    expect(answer({ intent: lab({ ...pinnedNode('p', 'h2'), memoryBytes: 2_048 * MIB }), hosts })).toEqual([
      'p is pinned to host h2: memory: needs 2048 MiB, has 1000 free (of 8192, promised 0; other programs have the rest).',
    ])
  })

  it('lets CPUs be promised more than once, memory not', () => {
    const intent = lab(...['a', 'b', 'c', 'd', 'e'].map((name) => labNode(name, { cpu: 4 })))
    expect(answer({ intent: { ...intent, nodes: intent.nodes.slice(0, 4) }, hosts: [host(1)] })).toMatchObject({
      d: 'H1',
    })
    expect(answer({ intent, hosts: [host(1)] })).toEqual([
      'e fits on no host: h1: cpu: needs 4, has 0 of 16 left, promised 16.',
    ])
  })

  it('gives no node more CPUs than its host has, which those that share a network have each for itself', () => {
    const pair = lab(
      labNode('z', { cpu: 3 }),
      labNode('y', { cpu: 3, networkMode: 'container', networkOf: 'z' as NodeName }),
    )
    expect(answer({ intent: pair, hosts: [host(1)] })).toEqual({ z: 'H1', y: 'H1' })
    const grown = { intent: lab(labNode('a', { cpu: 5 })), hosts: [host(1)], current: where({ a: 'H1' }) }
    expect(answer({ ...grown, held: held({ a: { cpu: 300 } }) })).toEqual([
      expect.stringContaining('cpu: needs 5, has 4'),
    ])
  })

  it('places the largest first, so that the small ones find what is left', () => {
    const intent = lab(asks('s1', 4_000), asks('s2', 4_000), asks('big', 8_000))
    expect(answer({ intent, hosts: [host(1), host(2)] })).toEqual({ s1: 'H2', s2: 'H2', big: 'H1' })
  })

  it('balances by what is asked for', () => {
    const hosts = [host(1, { limit: { cpu: 1600, mem: 99_999 } }), host(2)]
    const intent = lab(
      asks('big', 2_048, { host: undefined } as object),
      labNode('a'),
      labNode('b'),
      labNode('c'),
      labNode('d'),
    )
    expect(answer({ intent, hosts })).toEqual({ big: 'H1', a: 'H2', b: 'H2', c: 'H2', d: 'H2' })
  })
})

describe('a node that runs', () => {
  const current = where({ a: 'H1' })
  const full = host(1, { limit: { cpu: 1600, mem: 4_000 }, memFreeMiB: 10 })

  it('stays where more is promised than there is, and says so; nothing new goes there', () => {
    const intent = lab(asks('a', 6_000), asks('b', 100))
    const result = place({ intent, hosts: [full, host(2, { nodes: 70 })], current, held: held({ a: { mem: 6_000 } }) })
    expect(result).toMatchObject({
      hosts: { a: 'H1', b: 'H2' },
      reasons: {
        a: 'stays on h1, which has promised 6000 MiB of memory and has 4000',
        b: 'only h2 can take it: h1: memory: needs 100 MiB, has 0 of 4000 left, promised 6000',
      },
    })
  })

  it('gets more only where it is, and moves only where it is pinned elsewhere', () => {
    const hosts = [host(1), host(2)]
    const before = held({ a: { mem: 4_000 } })
    expect(answer({ intent: lab(asks('a', 8_000)), hosts, current, held: before })).toEqual({ a: 'H1' })
    expect(answer({ intent: lab(asks('a', 9_000)), hosts, current, held: before })).toEqual([
      'a runs on h1, does not move by itself and asks for more: memory: needs 5000 MiB, has 4192 of 8192 left, promised 4000. Ask for less, or pin it to another host.',
    ])
    const pinnedAway = lab({ ...pinnedNode('a', 'h2'), memoryBytes: 8_000 * MIB })
    expect(answer({ intent: pinnedAway, hosts, current, held: before })).toEqual({ a: 'H2' })
  })
})

const sizes = fc.array(fc.record({ mem: fc.integer({ min: 0, max: 3_000 }), cpu: fc.integer({ min: 0, max: 3 }) }), {
  minLength: 1,
  maxLength: 12,
})
const machines = fc.array(
  fc.record({
    mem: fc.integer({ min: 500, max: 9_000 }),
    free: fc.integer({ min: 100, max: 9_000 }),
    promised: fc.integer({ min: 0, max: 9_000 }),
  }),
  { minLength: 1, maxLength: 4 },
)
const built = (rows: readonly { mem: number; cpu: number }[]) =>
  lab(
    ...rows.map(({ mem, cpu }, index) =>
      labNode(`n${index}`, { ...(mem === 0 ? {} : { memoryBytes: mem * MIB }), ...(cpu === 0 ? {} : { cpu }) }),
    ),
  )
const meshOf = (rows: readonly { mem: number; free: number; promised: number }[]) =>
  rows.map(({ mem, free, promised }, index) =>
    host(index, { limit: { cpu: 1_600, mem }, memFreeMiB: free, promised: { cpu: 0, mem: promised } }),
  )

it('never promises more than a host has, whole labs only, the same in any order of hosts', () => {
  fc.assert(
    fc.property(sizes, machines, (nodes, rows) => {
      const intent = built(nodes)
      const hosts = meshOf(rows)
      const result = place({ intent, hosts })
      expect(place({ intent, hosts: hosts.toReversed() })).toEqual(result)
      if (!result.ok) {
        expect(result.problems.length).toBeGreaterThan(0)
        return
      }
      expect(Object.keys(result.hosts)).toHaveLength(intent.nodes.length)
      for (const { id, limit, promised, memFreeMiB } of hosts) {
        const there = intent.nodes.filter(({ name }) => result.hosts[name] === id).map(requestOf)
        const mem = there.reduce((all, one) => all + one.mem, 0)
        if (mem === 0) continue
        expect(mem + (promised?.mem ?? 0)).toBeLessThanOrEqual(limit?.mem ?? 0)
        expect(mem).toBeLessThanOrEqual(memFreeMiB)
        expect(mem).toBeLessThanOrEqual(result.limits[id]?.mem ?? 0)
      }
    }),
  )
})

it('moves no running node and refuses no lab that asks for what it has, however little is left', () => {
  fc.assert(
    fc.property(sizes, machines, machines, (nodes, before, after) => {
      const intent = built(nodes)
      const first = place({ intent, hosts: meshOf(before) })
      fc.pre(first.ok)
      const hosts = meshOf(before.map((row, index) => after[index] ?? row))
      const again = place({ intent, hosts, current: first.hosts, held: requestsOf(intent) })
      expect(again).toMatchObject({ ok: true, hosts: first.hosts, limits: {} })
    }),
  )
})
