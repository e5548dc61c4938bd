import { describe, expect, test } from 'vitest'
import { type AllocationRow, heldTwice, Ledger, notGiven } from './churn-numbers.ts'

const row = (fields: Partial<AllocationRow>): AllocationRow => ({
  pool: 'vni',
  value: 4096,
  owner: 'lab/a/segment/s',
  sinceMs: 1,
  ...fields,
})

describe('numbers as hosts show them', () => {
  test('one value of two owners is told; equal tags of two hosts are not', () => {
    expect(heldTwice([row({}), row({ owner: 'lab/b/segment/s' })])).toEqual([
      'vni 4096: lab/a/segment/s and lab/b/segment/s',
    ])
    const tags = ['h1', 'h2'].map((host) => row({ pool: 'vlan', value: 2, host }))
    expect(heldTwice(tags)).toEqual([])
    expect(heldTwice([...tags, row({ pool: 'vlan', value: 2, host: 'h2', owner: 'lab/b/x' })])).toHaveLength(1)
  })

  test('what a host has must be given to that very lab', () => {
    const seen = { pool: 'vni', value: 4096, host: 'h1', owner: 'lab/a' } as const
    expect(notGiven([row({})], [seen])).toEqual([])
    expect(notGiven([row({})], [{ ...seen, owner: 'lab/a/segment/s' }])).toEqual([])
    expect(notGiven([row({})], [{ ...seen, value: 4097 }])).toEqual(['h1 has vni 4097 for lab/a'])
    expect(notGiven([row({ owner: 'lab/ab/segment/s' })], [seen])).toHaveLength(1)
    const tag = { ...seen, pool: 'vlan', value: 2 } as const
    expect(notGiven([row({ pool: 'vlan', value: 2, host: 'h2' })], [tag])).toHaveLength(1)
    const shared = row({ pool: 'vlan', value: 2, host: 'h1', owner: 'mgmt/clab/vlan' })
    expect(notGiven([shared], [{ ...tag, owner: 'mgmt' }])).toEqual([])
    expect(notGiven([shared], [tag])).toHaveLength(1)
  })

  test('a value with two holders is told, however long ago the first was seen', () => {
    const ledger = new Ledger()
    ledger.note([row({}), row({ value: 4097 })])
    ledger.note([row({})])
    expect([ledger.size, ledger.givenTwice()]).toEqual([2, []])
    ledger.note([row({ value: 4097, owner: 'user/x' })])
    expect(ledger.givenTwice()).toEqual(['vni 4097: lab/a/segment/s and user/x'])
  })
})
