import { describe, expect, it } from 'vitest'
import type { LabIntent, LabNode } from '../model/lab.ts'
import { labNode } from '../plan/testdata/lab.ts'
import type { WrittenLink } from './links.ts'
import { readTopology, type TopologyResult } from './read.ts'
import { Report, type Spot } from './report.ts'
import { checkLinks } from './validate.ts'

const lab = (links: string, nodes = ''): TopologyResult =>
  readTopology({
    text: `name: a
topology:
  nodes:
    r1: {kind: linux, image: x}
    r2: {kind: linux, image: x}
    r3: {kind: linux, image: x, host: h3}
    nn: {kind: linux, image: x, network-mode: none}
    hn: {kind: linux, image: x, network-mode: host}
    br: {kind: bridge}
    sw: {kind: ovs-bridge, host: h2}
    out: {kind: ext-container, host: h3}
${nodes}
  links:
${links}`,
  })

const ok = (links: string, nodes?: string): LabIntent => {
  const { problems, intent } = lab(links, nodes)
  expect(problems).toEqual([])
  if (intent === undefined) throw new Error('no intent')
  return intent
}
const errors = (links: string, nodes?: string): readonly string[] =>
  lab(links, nodes).problems.map(({ severity, code, line, message }) => `${severity} ${code} ${line}: ${message}`)

describe('ends that are no node', () => {
  it('host: gets an anchor, one for all that name no host, one for each host that is named', () => {
    const intent = ok(`    - endpoints: ["r1:eth1", "host:n1"]
    - endpoints: ["host:n2", "r2:eth1"]
    - {endpoints: ["r1:eth2", "host:n1"], host: h2}
    - {type: host, host-interface: n3, endpoint: {node: r2, interface: eth2, mac: 02-00-00-00-00-AA}, mtu: 2000}`)
    expect(intent.anchors).toEqual([
      { type: 'host', name: 'host' },
      { type: 'host', name: 'host.h2', host: 'h2' },
    ])
    expect(intent.links.map(({ id }) => id)).toEqual([
      'host:n1--r1:eth1',
      'host:n2--r2:eth1',
      'host.h2:n1--r1:eth2',
      'host:n3--r2:eth2',
    ])
    expect(intent.links[3]).toMatchObject({
      mtuBytes: 2000,
      endpoints: [{ mac: '02:00:00:00:00:aa' }, { node: 'host' }],
    })
    expect(intent.segments.every(({ multiAccess }) => !multiAccess)).toBe(true)
  })

  it('macvlan and dummy are devices of the node, mgmt-net an end in the management network', () => {
    const intent = ok(`    - endpoints: ["r1:eth1", "macvlan:enp0s3"]
    - {type: macvlan, endpoint: {node: r1, interface: eth2}, host-interface: enp0s4, mode: vepa, host: h1}
    - {type: dummy, endpoint: {node: r1, interface: dum0}}
    - endpoints: ["mgmt-net:x", "r1:eth3"]
    - {type: mgmt-net, endpoint: {node: r1, interface: eth4}, host-interface: y}`)
    expect(intent.anchors).toBeUndefined()
    expect(intent.links.map(({ id, device }) => [id, device])).toEqual([
      ['r1:eth1', { type: 'macvlan', parent: 'enp0s3', mode: 'bridge' }],
      ['r1:eth2', { type: 'macvlan', parent: 'enp0s4', mode: 'vepa', host: 'h1' }],
      ['r1:dum0', { type: 'dummy' }],
      ['r1:eth3', { type: 'mgmt-net' }],
      ['r1:eth4', { type: 'mgmt-net' }],
    ])
    expect(intent.segments.map(({ device, endpoints }) => [device?.type, endpoints.length])).toEqual([
      ['macvlan', 1],
      ['macvlan', 1],
      ['dummy', 1],
      ['mgmt-net', 1],
      ['mgmt-net', 1],
    ])
  })

  it('a tunnel to somebody else gets an anchor of its own', () => {
    const intent =
      ok(`    - {type: vxlan, endpoint: {node: r1, interface: eth1}, remote: 192.0.2.9, vni: 100, dst-port: 4789}
    - {type: vxlan-stitch, endpoint: {node: r2, interface: eth1}, remote: "2001:db8::9", vni: 100, udp-port: 4790}
    - {type: vxlan, endpoint: {node: r2, interface: eth2}, remote: 192.0.2.9, vni: 7, host: h2}`)
    expect(intent.anchors).toEqual([
      { type: 'vxlan', name: 'vxlan-100', remote: '192.0.2.9', vni: 100, udpPort: 4789 },
      { type: 'vxlan', name: 'vxlan-100-2', remote: '2001:db8::9', vni: 100, udpPort: 4790 },
      { type: 'vxlan', name: 'vxlan-7', host: 'h2', remote: '192.0.2.9', vni: 7, udpPort: 14_789 },
    ])
    expect(intent.links[0]?.id).toBe('r1:eth1--vxlan-100:vni100')
  })

  it('nodes of kind host and ext-container are anchors, and bridges keep their pin', () => {
    const intent = ok(
      `    - endpoints: ["r1:eth1", "out:eth1"]
    - endpoints: ["r1:eth2", "edge:uplink"]
    - endpoints: ["r1:eth3", "sw:p1"]`,
      '    edge: {kind: host, host: h1}',
    )
    expect(intent.anchors).toEqual([
      { type: 'ext-container', name: 'out', host: 'h3', container: 'out' },
      { type: 'host', name: 'edge', host: 'h1' },
    ])
    expect(intent.nodes.map(({ name }) => name)).not.toContain('out')
    expect(intent.segments[2]).toMatchObject({ id: 'sw', bridges: [{ name: 'sw', host: 'h2' }] })
  })

  it('what a node of somebody else says besides its links is named as left out', () => {
    expect(
      errors('    - endpoints: ["r1:eth1", "x:eth1"]', '    x: {kind: ext-container, exec: [ls], image: y}'),
    ).toEqual([
      expect.stringMatching(/^warning NOT_SUPPORTED_YET 12: node `x` .* image, exec do not$|exec, image do not$/),
    ])
  })
})

describe('what links say besides their ends', () => {
  it('keeps vars and labels of links and ends as they are', () => {
    const intent = ok(`    - endpoints:
        - {node: r1, interface: eth1, vars: {area: 0, list: [a, {b: yes}]}}
        - {node: r2, interface: eth1}
      vars: {metric: 010, none: }
      labels: {color: red}`)
    expect(intent.links[0]).toMatchObject({
      vars: { metric: '010', none: null },
      labels: { color: 'red' },
      endpoints: [{ vars: { area: '0', list: ['a', { b: 'yes' }] } }, {}],
    })
  })

  it('one link under two names of its interfaces is one link, and one written twice is a mistake', () => {
    const switchNode = { ...labNode('s1'), kind: 'srl' } as unknown as LabNode
    const nodes = new Map([
      ['s1', switchNode],
      ['r1', labNode('r1')],
    ])
    const at = (line: number): Spot => ({ line, column: 1, path: '' })
    const written = (line: number, ...ends: readonly string[]): WrittenLink => ({
      at: at(line),
      ends: ends.map((end) => {
        const [node = '', name = ''] = end.split(':')
        return { node, nodeAt: at(line), interface: name, interfaceAt: at(line) }
      }),
    })
    const reader = { report: new Report(), lenient: false }
    const first = written(1, 's1:ethernet-1/1', 'r1:eth1')
    const { links } = checkLinks([first, written(2, 'r1:eth1', 's1:e1-1')], { nodes, anchors: new Map() }, reader)
    expect(links.map(({ endpoints }) => endpoints)).toEqual([
      [
        { node: 's1', interface: 'e1-1', alias: 'ethernet-1/1' },
        { node: 'r1', interface: 'eth1' },
      ],
    ])
    expect(reader.report.problems().map(({ code, line }) => [code, line])).toEqual([['DUPLICATE', 2]])
  })
})

describe('mistakes in links', () => {
  it.each([
    [
      'a MAC address of a group',
      '{endpoints: [{node: r1, interface: eth1, mac: "01:00:00:00:00:01"}, "r2:eth1"]}',
      /of a group/,
    ],
    ['no MAC address', '{endpoints: [{node: r1, interface: eth1, mac: hello}, "r2:eth1"]}', /02:00:00:00:00:01/],
    [
      'one MAC address twice',
      '{endpoints: [{node: r1, interface: eth1, mac: "02:00:00:00:00:01"}, {node: r2, interface: eth1, mac: "02-00-00-00-00-01"}]}',
      /is that of `r1:eth1` already/,
    ],
    ['a device of ours', '{endpoints: ["r1:eth1", "host:skw0"]}', /Skein gives/],
    ['too long a name on the host', '{endpoints: ["r1:eth1", "host:abcdefghijklmnop"]}', /16 characters/],
    ['a macvlan of a bridge', '{endpoints: ["br:eth1", "macvlan:eth0"]}', /one node that the lab runs/],
    ['a macvlan of what is not ours', '{endpoints: ["out:eth1", "macvlan:eth0"]}', /one node that the lab runs/],
    ['a macvlan on another host', '{endpoints: ["r3:eth1", "macvlan:eth0"], host: h1}', /pinned to `h3`/],
    ['no end in a node', '{type: macvlan, host-interface: eth0}', /no `endpoint`/],
    ['no device of the host', '{type: host, endpoint: "r1:eth1"}', /no `host-interface`/],
    ['an odd mode', '{type: macvlan, endpoint: "r1:eth1", host-interface: eth0, mode: brige}', /`bridge`/],
    ['a tunnel by name', '{type: vxlan, endpoint: "r1:eth1", remote: example.org, vni: 1}', /IPv4 or IPv6 address/],
    ['a tunnel without number', '{type: vxlan, endpoint: "r1:eth1", remote: 192.0.2.1}', /no `vni`/],
    ['too high a number', '{type: vxlan, endpoint: "r1:eth1", remote: 192.0.2.1, vni: 16777216}', /from 1 to 16777215/],
    ['an unknown type', '{type: mcvlan, endpoint: "r1:eth1"}', /`macvlan`/],
    ['an end in the network of the host', '{endpoints: ["hn:eth1", "r1:eth1"]}', /host:NAME/],
    ['eth0 with a management network', '{endpoints: ["r1:eth0", "r2:eth1"]}', /kept for management/],
    ['a host name that is none', '{endpoints: ["r1:eth1", "host:x"], host: "H 1"}', /name of a host/],
    ['one end on the host twice', '{endpoints: ["host:x", "host:x"]}', /end of a link already/],
    ['an unknown node', '{endpoints: ["r1:eth1", "ott:eth1"]}', /Did you mean `out`/],
  ])('%s', (_what, link, message) => {
    expect(errors(`    - ${link}`)).toContainEqual(expect.stringMatching(message))
  })

  it('eth0 is fine without a management network', () => {
    ok('    - endpoints: ["nn:eth0", "r1:eth1"]')
  })
})
