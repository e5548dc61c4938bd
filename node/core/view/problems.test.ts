import { describe, expect, test } from 'vitest'
import { ERRORS } from '../model/errors.ts'
import { MAX_PROBLEMS, type ProblemsInput, problems } from './problems.ts'
import type { LabView, LinkView, NodeView } from './types.ts'

const WELL: ProblemsInput = {
  self: 'a',
  hosts: [
    { name: 'a', state: 'alive' },
    { name: 'b', state: 'alive' },
  ],
  leader: 'a',
  quorum: { have: 2, need: 2 },
  missing: [],
  labs: [],
  paths: [{ name: 'b', inUse: 'primary', paths: [{ path: 'primary', condition: 'good' }] }],
}
const node = (fields: Partial<NodeView>): NodeView => ({
  name: 'r1',
  kind: 'linux',
  image: 'alpine',
  host: 'a',
  state: 'running',
  ...fields,
})
const link = (fields: Partial<LinkView>): LinkView => ({
  id: 'r1:eth1--r2:eth1',
  state: 'up',
  endpoints: [],
  vni: null,
  mtu: null,
  ...fields,
})
const lab = (fields: Partial<LabView>): LabView => ({
  name: 'one',
  state: 'up',
  generation: 1,
  nodes: [node({})],
  links: [link({})],
  notes: [],
  ...fields,
})

const of = (fields: Partial<ProblemsInput>) => problems({ ...WELL, ...fields })
const ofLab = (fields: Partial<LabView>) => of({ labs: [lab(fields)] })

describe('problems', () => {
  test('there are none where all is well', () => {
    expect(of({ labs: [lab({})] })).toEqual([])
    expect(of({ hosts: [...WELL.hosts, { name: 'old', state: 'left', reason: 'removed from the mesh' }] })).toEqual([])
  })

  test('what is being made, ended well or is down on purpose is none', () => {
    const nodes = [node({ state: 'creating', doing: 'waits' }), node({ state: 'pending' }), node({ state: 'exited' })]
    const links = [link({ state: 'pending' }), link({ state: 'creating' }), link({ state: 'down' })]
    expect(ofLab({ state: 'creating', nodes, links })).toEqual([])
  })

  test('a host that is down, with what to do', () => {
    expect(of({ hosts: [{ name: 'b', state: 'down', reason: 'not heard of for 12 s' }] })).toEqual([
      {
        severity: 'error',
        what: 'host b is down',
        cause: 'not heard of for 12 s',
        next: expect.stringContaining('skein host remove b'),
        host: 'b',
      },
    ])
  })

  test.each<readonly [string, Partial<ProblemsInput>, object]>([
    [
      'a suspect',
      { hosts: [{ name: 'b', state: 'suspect' }] },
      { severity: 'warn', host: 'b', cause: 'it is not heard of' },
    ],
    ['this host, removed', { hosts: [{ name: 'a', state: 'left' }] }, { severity: 'error', host: 'a' }],
    [
      'no majority',
      { leader: null, quorum: { have: 1, need: 2 }, missing: ['b', 'c'] },
      { severity: 'error', cause: '1 voters can be heard, 2 are needed; missing: b, c', next: ERRORS.NO_QUORUM.hint },
    ],
    ['nobody leads', { leader: null }, { severity: 'warn', what: 'no host leads' }],
    [
      'a path',
      { paths: [{ name: 'b', inUse: 'secondary', paths: [{ path: 'primary', condition: 'lost' }] }] },
      {
        severity: 'warn',
        what: 'the primary path to b is lost',
        next: 'Look at that network; the other path is used.',
      },
    ],
  ])('%s', (_what, fields, problem) => expect(of(fields)).toMatchObject([problem]))

  test('paths to hosts that are down are not told besides', () => {
    const paths = [{ name: 'b', inUse: null, paths: [{ path: 'primary', condition: 'lost' }] }]
    expect(of({ hosts: [{ name: 'b', state: 'down' }], paths })).toHaveLength(1)
  })

  test.each<readonly [string, Partial<LabView>, object]>([
    [
      'waits for a majority',
      { waiting: { code: 'NO_QUORUM', message: 'no majority' } },
      { severity: 'warn', lab: 'one', cause: 'no majority', next: ERRORS.NO_QUORUM.hint },
    ],
    [
      'is refused',
      { waiting: { code: 'PLACEMENT_IMPOSSIBLE', message: 'no host z' } },
      { severity: 'error', what: 'lab one waits', next: ERRORS.PLACEMENT_IMPOSSIBLE.hint },
    ],
    [
      'has a node that failed',
      { nodes: [node({ state: 'error', error: 'cannot be made', doing: 'tried again after 8 s' })] },
      { severity: 'error', node: 'r1', host: 'a', cause: 'cannot be made', next: 'Wait: tried again after 8 s.' },
    ],
    [
      'has a node that ended',
      { nodes: [node({ state: 'stopped' })] },
      { what: 'node r1 of lab one has stopped', next: expect.stringContaining('skein lab logs one r1') },
    ],
    [
      'has a node that runs but not as it should',
      { nodes: [node({ error: 'post-start command failed' })] },
      { severity: 'warn', node: 'r1', cause: 'post-start command failed' },
    ],
    [
      'has a broken link',
      { links: [link({ state: 'error', error: 'r1:eth1 on a: VLAN tag is 7, 3 is assigned' })] },
      {
        link: 'r1:eth1--r2:eth1',
        cause: expect.stringContaining('VLAN'),
        next: expect.stringContaining('lab reconcile one'),
      },
    ],
    [
      'has a link to a host that is down',
      { links: [link({ state: 'error', error: 'host b is down' })] },
      { next: 'Start host b; it comes back by itself then.' },
    ],
    [
      'has a link to a host that has left',
      { links: [link({ state: 'error', error: 'host b has left' })] },
      { next: expect.stringContaining('Submit the lab again') },
    ],
  ])('a lab that %s', (_what, fields, problem) => expect(ofLab(fields)).toMatchObject([problem]))

  test.each([
    'image frr:8 is not on this host and cannot be pulled',
    'image frr:8 of one/r1 is not on this host',
    'image frr:8 is not the one that its lab runs (sha256:0123456789ab), and no host that can be asked has that one',
    'image frr:8 (sha256:01) is here without a name of its own; `docker tag` gives it one',
  ])('a missing image is told as one: %s', (error) => {
    expect(ofLab({ nodes: [node({ state: 'error', error })] })).toMatchObject([
      { what: 'the image of node r1 of lab one is missing', cause: error, next: ERRORS.IMAGE_MISSING.hint },
    ])
  })

  test('errors come first, and too many are counted', () => {
    const links = Array.from({ length: 500 }, (_, index) => link({ id: `l${index}`, state: 'error', error: 'x' }))
    const found = of({ hosts: [{ name: 'b', state: 'suspect' }], labs: [lab({ links })] })
    expect(found).toHaveLength(MAX_PROBLEMS + 1)
    expect(found[0]).toMatchObject({ severity: 'error' })
    expect(found.at(-1)).toMatchObject({ what: '301 more problems' })
  })
})
