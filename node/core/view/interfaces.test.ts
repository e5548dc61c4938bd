import { expect, it } from 'vitest'
import type { HostId, NodeName, VlanTag } from '../model/ids.ts'
import type { Assignment, LabIntent } from '../model/lab.ts'
import { labNode, rosterEntry, sampleLab } from '../plan/testdata/lab.ts'
import { labInterfaces } from './interfaces.ts'
import { labView } from './view.ts'

it('tells every end under all its names, in the order people count', () => {
  const nodes = [labNode('s1'), labNode('r1'), labNode('br', { kind: 'bridge' })]
  const base = sampleLab('lab', nodes, [['r1:eth10', 's1:e1-1'], ['r1:eth2', 'br:p1'], ['r1:eth3', 'up:x'], ['r1:mv0']])
  const device = { type: 'macvlan', parent: 'eth0', mode: 'bridge' } as const
  const intent: LabIntent = {
    ...base,
    anchors: [{ type: 'host', name: 'up' as NodeName }],
    links: base.links.map((link) => ({
      ...link,
      ...(link.id === 'r1:mv0' ? { device } : {}),
      endpoints: link.endpoints.map((end) => (end.node === 's1' ? { ...end, alias: 'ethernet-1/1' } : end)),
    })),
  }
  const assignment = {
    hosts: { s1: 'H1', r1: 'H2', up: 'H1' },
    segments: Object.fromEntries(
      intent.segments.map(({ id }, i) => [
        id,
        { vni: null, vlans: { H1: i + 1, H2: (i + 11) as VlanTag }, mtuBytes: 1500 },
      ]),
    ),
    macs: { 'r1:eth10': 'aa:c1:ab:00:00:01' },
  } as unknown as Assignment
  const view = labView({
    intent,
    generation: 1,
    assignment,
    statuses: new Map(),
    roster: [1, 2].map((number) => rosterEntry(number)),
    isAlive: (_host: HostId) => true,
    plugs: { bridge: 'skein0', port: (lab, end) => `n-${lab}-${end}` },
  })
  const rows = labInterfaces(view).map((row) =>
    [row.node, row.kind, row.interface, row.vendor, row.mac, row.host, row.bridge, row.port, row.vlan]
      .map((cell) => cell ?? '-')
      .join(' | '),
  )
  expect(rows).toEqual([
    'br | bridge | p1 | - | - | - | - | - | -',
    'r1 | linux | eth2 | - | - | h2 | skein0 | n-lab-r1:eth2 | 12',
    'r1 | linux | eth3 | - | - | h2 | skein0 | n-lab-r1:eth3 | 13',
    'r1 | linux | eth10 | - | aa:c1:ab:00:00:01 | h2 | skein0 | n-lab-r1:eth10 | 11',
    'r1 | linux, macvlan of eth0 | mv0 | - | - | h2 | - | - | -',
    's1 | linux | e1-1 | ethernet-1/1 | - | h1 | skein0 | n-lab-s1:e1-1 | 1',
    'up | host | x | - | - | h1 | skein0 | n-lab-up:x | 3',
  ])
})
