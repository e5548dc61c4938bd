import { expect, it } from 'vitest'
import type { PlanView } from '#agent/port.ts'
import { planRows, planSummary, planWarnings } from './plan-rows.ts'

const PLAN: PlanView = {
  lab: 'one',
  running: 3,
  nodes: [
    { name: 'r1', host: 'a', reason: 'pinned', change: 'keep', keys: [], why: '' },
    { name: 'r2', host: 'b', reason: 'most free', change: 'create', keys: [], why: 'new' },
    { name: 'r3', host: 'a', reason: '', change: 'remove', keys: [], why: 'not in the file' },
    { name: 'r4', host: 'b', reason: 'pinned', change: 'move', keys: ['host'], why: 'from a' },
  ],
  links: [
    { id: 'r1:eth1--r2:eth1', change: 'create', why: '', crossHost: true, hosts: ['a', 'b'], mtu: 9500, pathMtu: 1370 },
    { id: 'r1:eth2--r4:eth1', change: 'keep', why: '', crossHost: false, hosts: ['a'], mtu: 9500 },
  ],
  files: [{ path: 'r2/frr.conf', change: 'create', why: 'new' }],
}

it('a plan tells first what goes, last what stays, each with its reason', () => {
  const rows = planRows(PLAN)
  expect(rows.map(({ sign, name }) => `${sign} ${name}`)).toEqual([
    '- r3',
    '~ r4',
    '+ r2',
    '+ r1:eth1--r2:eth1',
    '+ r2/frr.conf',
    '= r1',
    '= r1:eth2--r4:eth1',
  ])
  expect(rows.find(({ name }) => name === 'r2')).toMatchObject({ where: 'b', why: 'new; most free' })
  expect(rows.find(({ name }) => name.startsWith('r1:eth1'))).toMatchObject({
    where: 'a ↔ b',
    why: 'MTU 9500, way 1370',
  })
  expect(planSummary(rows)).toBe('3 to make, 1 to change, 1 to remove, 2 as it is')
  expect(planSummary([])).toBe('nothing to do')
})

it('what is missing is told with where it can be had', () => {
  const missing = [{ image: 'frr:9', hosts: ['a'], on: ['b'] }]
  expect(planWarnings({ missing, notes: ['larger packets go in pieces'] })).toEqual([
    'image frr:9 is missing on 1 host (a); b has it',
    'larger packets go in pieces',
  ])
})
