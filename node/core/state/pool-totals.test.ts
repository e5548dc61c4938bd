import { expect, test } from 'vitest'
import { poolTotals } from './pool-totals.ts'
import { assignment, TestMesh } from './testdata/mesh.ts'

test('pools are told with what is held and at rest, those of hosts by their names', () => {
  const mesh = new TestMesh(2, { vni: [10, 19] })
  mesh.do({ type: 'reserve', pool: 'vni', owner: 'x', count: 3, ttlMs: null })
  mesh.do({ type: 'reserve', pool: 'vni', owner: 'y', count: 2, ttlMs: null })
  mesh.do({ type: 'free', owner: 'y' })
  mesh.do(assignment('lab', 1, { s: [1, 2] }))
  const totals = poolTotals(mesh.state)
  expect(totals.find(({ pool }) => pool === 'vni')).toEqual({ pool: 'vni', size: 10, held: 4, resting: 2 })
  const names = Object.values(mesh.state.roster).map(({ name }) => name)
  const tags = totals.filter(({ pool }) => pool === 'vlan')
  expect(tags.map(({ host, held }) => [host, held]).toSorted()).toEqual(names.toSorted().map((name) => [name, 1]))
})
