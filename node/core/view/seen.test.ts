import { expect, it } from 'vitest'
import type { HostId } from '../model/ids.ts'
import type { LabStatus } from '../model/lab.ts'
import type { RosterEntry } from '../model/record.ts'
import { seenEnd, seenTunnels } from './seen.ts'
import type { LabViewInput } from './types.ts'

const roster = [1, 2].map((n) => ({ id: `H${n}`, name: `h${n}`, state: 'admitted' }) as unknown as RosterEntry)
const assignment = { index: 7, segments: { s: { vni: 5000, vlans: { H1: 100, H2: 101 }, mtuBytes: 9000 } } }
const status = (more: object): LabStatus => ({ index: 7, ends: [], vteps: [], nodes: [], notes: [], ...more }) as never
const link = { id: 'l', segment: 's', endpoints: [] } as never
const input = (statuses: Readonly<Record<string, LabStatus>>, isAlive = (_: HostId) => true): LabViewInput =>
  ({ roster, assignment, statuses: new Map(Object.entries(statuses)), isAlive }) as never
const end = { endpoint: 'r1:eth1', segment: 's', vlan: 7, mtuBytes: 9000, mac: 'AA:00:00:00:00:01', carrier: true }
const key = 'r1:eth1' as never
const h1 = 'H1' as HostId

it('an end is what its host read back of it', () => {
  const seen = seenEnd(key, h1, input({ H1: status({ ends: [end] }) }))
  expect(seen).toEqual({ vlan: 7, mtu: 9000, mac: 'aa:00:00:00:00:01', carrier: true })
  const missing = { endpoint: 'r1:eth1', segment: 's', carrier: false }
  expect(seenEnd(key, h1, input({ H1: status({ ends: [missing] }) }))).toEqual({
    vlan: null,
    mtu: null,
    mac: null,
    carrier: false,
  })
})

it('what a lost host, or one that acts on an earlier assignment, told is not seen any more', () => {
  const told = status({ ends: [end] })
  expect(
    seenEnd(
      key,
      h1,
      input({ H1: told }, () => false),
    ),
  ).toBeUndefined()
  expect(seenEnd(key, h1, input({ H1: { ...told, index: 6 } }))).toBeUndefined()
  expect(seenEnd(key, h1, input({}))).toBeUndefined()
})

it('tunnels tell what each host has, beside what it is to have', () => {
  const vtep = { segment: 's', vni: 5001, vlan: 100, mtuBytes: 9000, remotes: ['10.213.0.2'] }
  expect(seenTunnels(link, input({ H1: status({ vteps: [vtep] }) }))).toEqual([
    { host: 'h1', vlan: 100, seen: { vni: 5001, vlan: 100, mtu: 9000, remotes: ['10.213.0.2'] } },
    { host: 'h2', vlan: 101, seen: null },
  ])
})
