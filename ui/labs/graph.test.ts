import { describe, expect, it } from 'vitest'
import type { LinkView, NodeView } from '#agent/port.ts'
import type { EndpointView } from '#core/view/types.ts'
import { graphOf, matches } from './graph.ts'

const node = (name: string, more: Partial<NodeView> = {}): NodeView => ({
  name,
  kind: 'linux',
  host: 'a',
  state: 'running',
  image: 'x',
  ...more,
})
const end = (text: string, more: Partial<EndpointView> = {}): EndpointView => {
  const [name = '', iface = ''] = text.split(':')
  return { node: name, interface: iface, host: 'a', mac: null, vlan: 1, ...more }
}
const link = (id: string, endpoints: readonly EndpointView[], more: Partial<LinkView> = {}): LinkView => ({
  id,
  state: 'up',
  endpoints,
  vni: null,
  mtu: 1500,
  ...more,
})

describe('the picture of a lab', () => {
  it('has hosts as boxes, and interface names at both ends of a cable', () => {
    const nodes = [node('r1'), node('r2', { host: 'b', state: 'error' }), node('sw', { kind: 'bridge', host: '' })]
    const graph = graphOf({ nodes, links: [link('l1', [end('r1:eth1'), end('r2:eth2', { host: 'b' })])] })
    expect(graph.boxes).toEqual([
      { id: 'host/a', name: 'a' },
      { id: 'host/b', name: 'b' },
    ])
    expect(graph.nodes.map(({ label, box, shape, look }) => [label, box, shape, look.tone])).toEqual([
      ['r1', 'host/a', 'round-rectangle', 'ok'],
      ['r2', 'host/b', 'round-rectangle', 'error'],
      ['sw', null, 'diamond', 'ok'],
    ])
    expect(graph.edges).toMatchObject([
      { from: 'node/r1', to: 'node/r2', fromLabel: 'eth1', toLabel: 'eth2', label: '●' },
    ])
  })

  it('lets a cable of many ends meet in a dot', () => {
    const nodes = ['r1', 'r2', 'r3'].map((name) => node(name))
    const ends = [end('r1:eth1'), end('r2:eth1'), end('r3:eth1')]
    const graph = graphOf({ nodes, links: [link('l1', ends)] })
    expect(graph.nodes.filter(({ size }) => size === 'dot')).toHaveLength(1)
    expect(graph.edges.map(({ to, link: of }) => [to, of])).toEqual(ends.map(() => ['dot/l1', 'l1']))
  })

  it('shows what is no node of the lab, and what is in the place of the other end', () => {
    const links = [
      link('l1', [end('r1:eth1'), end('up:br0', { kind: 'host' })]),
      link('l2', [end('r1:eth2', { kind: 'linux, macvlan of eth0' })]),
    ]
    const graph = graphOf({ nodes: [node('r1')], links })
    expect(graph.nodes.map(({ label, node: opens, shape }) => [label, opens, shape])).toEqual([
      ['r1', 'r1', 'round-rectangle'],
      ['up', null, 'round-tag'],
      ['macvlan of eth0', null, 'ellipse'],
    ])
  })

  it('is certain of nothing while the host is not heard', () => {
    const graph = graphOf({ nodes: [node('r1')], links: [link('l', [end('r1:e'), end('r1:f')])] }, true)
    expect([...graph.nodes, ...graph.edges].map(({ look }) => look.tone)).toEqual(['unknown', 'unknown'])
  })

  it('has no edge to a node that is not in it', () => {
    const graph = graphOf({ nodes: [], links: [link('l', [end('x:e'), end('y:f')])] })
    const ids = new Set(graph.nodes.map(({ id }) => id))
    expect(graph.edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true)
  })

  it('is filtered by any word', () => {
    expect(matches(' R1', 'r1', null)).toBe(true)
    expect(matches('', null)).toBe(true)
    expect(matches('r2', 'r1', null)).toBe(false)
  })
})
