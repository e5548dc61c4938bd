import { describe, expect, it } from 'vitest'
import { assign } from '#core/plan/testdata/host.ts'
import { labNode, rosterEntry, sampleLab } from '#core/plan/testdata/lab.ts'
import { namesHere, namesOf } from './names.ts'

const addresses = (last: number) => ({ ipv4: `172.20.20.${last}`, ipv6: `3fff::${last}` })

/** A mesh as host h1 knows it: h2 is there, h3 is not; r1 runs on h1, r2 on h2, r3 on h3. */
const known = (prefix = 'clab') => {
  const nodes = [
    labNode('r1', { aliases: ['web'] }),
    labNode('r2'),
    labNode('r3'),
    labNode('none', { networkMode: 'none' }),
  ]
  const intent = { ...sampleLab('Lab', nodes, []), prefix }
  const mgmt = {
    hosts: { H1: {}, H2: {}, H3: {} },
    nodes: { r1: addresses(2), r2: addresses(3), r3: addresses(4) },
  }
  const assignment = { ...assign(intent, { r1: 1, r2: 2, r3: 3, none: 1 }), mgmt }
  const reachable = { 'H1/Lab': ['r1'], 'H2/Lab': [], 'H3/Lab': ['r3'] } as Readonly<Record<string, readonly string[]>>
  return {
    self: 'H1',
    active: new Map([['Lab', { intent, assignment }]]),
    roster: { hosts: [1, 2, 3].map((number) => rosterEntry(number)) },
    membership: { isAlive: (host: string) => host === 'H2' },
    book: {
      get: (kind: string, key: string) =>
        kind === 'status' ? { body: { reachable: reachable[key] }, fresh: [0, 0] } : undefined,
    },
  } as never
}

describe('names of a mesh', () => {
  it('are those of nodes in their management network; whole is only what its own host read back, and while that is there', () => {
    const { nodes, hosts } = namesOf(known())
    expect(nodes.map(({ names, short, addresses: all, isHealthy }) => [names, short, all, isHealthy])).toEqual([
      [['r1.lab.mesh.local', 'clab-Lab-r1'], ['r1', 'web'], ['172.20.20.2', '3fff::2'], true],
      [['r2.lab.mesh.local', 'clab-Lab-r2'], ['r2'], ['172.20.20.3', '3fff::3'], false],
      [['r3.lab.mesh.local', 'clab-Lab-r3'], ['r3'], ['172.20.20.4', '3fff::4'], false],
    ])
    expect(hosts.map(({ name, isHealthy }) => [name, isHealthy])).toEqual([
      ['h1.mesh.local', true],
      ['h2.mesh.local', true],
      ['h3.mesh.local', false],
    ])
  })

  it('have what containers are called among them, and never a bare node', () => {
    const first = (prefix: string) => namesOf(known(prefix)).nodes[0]?.names
    expect(first('x')).toEqual(['r1.lab.mesh.local', 'x-Lab-r1', 'clab-Lab-r1'])
    expect(first('')).toEqual(['r1.lab.mesh.local', 'clab-Lab-r1'])
  })

  it('are told in the hosts file of hosts that are in the network', () => {
    const names = namesOf(known())
    expect(namesHere(names, known()).nodes).toHaveLength(3)
    expect(namesHere(names, Object.assign({ ...(known() as object) }, { self: 'H9' }) as never).nodes).toEqual([])
  })
})
