import { describe, expect, test } from 'vitest'
import type { Engine } from '#core/engine/engine.ts'
import type { ActiveLab } from '#core/engine/labs.ts'
import type { HostId } from '#core/model/ids.ts'
import type { PlacedEnd } from '#core/model/iperf.ts'
import { type AddressChoice, chooseAddress } from './address.ts'

const node = (name: string, at?: string): PlacedEnd => ({
  type: 'node',
  lab: 'one',
  node: name,
  host: 'h' as HostId,
  ...(at === undefined ? {} : { interface: at }),
})
const HOST: PlacedEnd = { type: 'host', name: 'a', host: 'h' as HostId }
const endpoint = (name: string, at: string) => ({ node: name, interface: at })
/** r1 and r2 share eth1; r3 is behind r2. */
const LAB = {
  intent: {
    segments: [
      { endpoints: [endpoint('r1', 'eth1'), endpoint('r2', 'eth2')] },
      { endpoints: [endpoint('r2', 'eth3'), endpoint('r3', 'eth1')] },
    ],
  },
  assignment: {
    mgmt: { nodes: { r1: { ipv4: '172.20.0.1' }, r2: { ipv4: '172.20.0.2' }, r3: { ipv4: '172.20.0.3' } } },
  },
} as unknown as ActiveLab
const engine = { active: new Map([['one', LAB]]) } as unknown as Engine
const R2 = [
  { interface: 'eth0', address: '172.20.0.2' },
  { interface: 'eth3', address: '10.0.3.2' },
  { interface: 'eth2', address: '10.0.2.2' },
]
const R3 = [
  { interface: 'eth0', address: '172.20.0.3' },
  { interface: 'eth1', address: '10.0.3.3' },
]
const source = (by: string | undefined): NonNullable<AddressChoice['source']> => ({
  pid: 7,
  driver: {
    addresses: async () => [{ interface: 'eth0', address: '172.20.0.1' }],
    routeTo: async () => by,
  },
})
const choose = (choice: Omit<AddressChoice, 'engine'>) => chooseAddress({ engine, ...choice })

describe('where a client finds its server', () => {
  test('at the link both share', async () => {
    expect(await choose({ from: node('r1'), to: node('r2'), addresses: R2 })).toBe('10.0.2.2')
  })

  test('at the interface that was named', async () => {
    expect(await choose({ from: node('r1'), to: node('r2', 'eth3'), addresses: R2 })).toBe('10.0.3.2')
    await expect(choose({ from: HOST, to: node('r3', 'eth9'), addresses: R3 })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: 'one/r3:eth9 has no address to be measured at',
    })
  })

  test('by a way through the lab, where there is one that is not the management network', async () => {
    const ask = { from: node('r1'), to: node('r3'), addresses: R3 }
    expect(await choose({ ...ask, source: source('eth1') })).toBe('10.0.3.3')
    expect(await choose({ ...ask, source: source('eth0') })).toBe('172.20.0.3')
    expect(await choose({ ...ask, source: source(undefined) })).toBe('172.20.0.3')
  })

  test('from outside the lab by its management network', async () => {
    expect(await choose({ from: HOST, to: node('r2'), addresses: R2 })).toBe('172.20.0.2')
  })

  test('of a host as it told', async () => {
    expect(await choose({ from: node('r1'), to: HOST, addresses: [{ address: '10.213.0.1' }] })).toBe('10.213.0.1')
    await expect(choose({ from: node('r1'), to: HOST, addresses: [] })).rejects.toThrow('a has no address')
  })
})
