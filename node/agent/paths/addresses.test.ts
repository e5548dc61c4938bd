import { describe, expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import type { RosterEntry } from '#core/model/record.ts'
import { createLogger } from '#platform/log.ts'
import { Addresses, type AddressesOptions } from './addresses.ts'

const address = (text: string) => ({
  address: text,
  netmask: '',
  family: 'IPv4' as const,
  mac: '02:00:00:00:00:01',
  internal: false,
  cidr: `${text}/24`,
})
type At = Readonly<Record<string, readonly string[]>>

/** A host whose roster entry follows what it tells, as the log would make it. */
const bench = (more: Partial<RosterEntry> = {}, secondary = '') => {
  const disk = new Map<string, unknown>()
  const told: object[] = []
  const refusing = { error: undefined as Error | undefined }
  let at: At = { eth0: ['192.0.2.5'], eth1: ['198.51.100.5'] }
  let nowMs = 0
  let own: RosterEntry = {
    id: 'a' as HostId,
    name: 'a',
    role: 'core',
    addresses: ['192.0.2.5'],
    port: 4801,
    wgPublicKey: 'k',
    wgPort: 51_820,
    overlayAddress: '10.213.0.1',
    state: 'admitted',
    ...more,
  }
  const options: AddressesOptions = {
    engine: {
      self: 'a' as HostId,
      get roster() {
        return { meshId: 'm', epoch: 1, term: 1, index: 1, voters: [], hosts: [own] }
      },
    },
    proposals: {
      submit: async (proposal) => {
        told.push(proposal)
        if (refusing.error !== undefined) throw refusing.error
        if (proposal.type !== 'update-host') throw new Error('not that')
        const { addresses, secondary = [] } = proposal
        own = { ...own, addresses, secondary }
        return undefined
      },
    },
    store: { getMeta: async (key) => disk.get(key), putMeta: async (key, value) => void disk.set(key, value) },
    clock: { nowMs: () => 0, monotonicMs: () => nowMs },
    log: createLogger({ level: 'silent' }),
    secondary,
    interfaces: () => Object.fromEntries(Object.entries(at).map(([name, all]) => [name, all.map(address)])),
  }
  return {
    told,
    disk,
    refusing,
    make: () => new Addresses(options),
    on: (next: At) => {
      at = next
    },
    later: (ms: number) => {
      nowMs += ms
    },
  }
}
const reached = (addresses: readonly string[], secondary: readonly string[] = []) =>
  expect.objectContaining({ type: 'update-host', id: 'a', addresses, secondary, port: 4801, wgPort: 51_820 })

describe('an address that changes', () => {
  test('is told once, by what the interface that had it has now, also after a restart of the agent', async () => {
    const { make, on, told } = bench({ secondary: ['198.51.100.5'] })
    const first = make()
    await first.look()
    expect(told).toEqual([])
    on({ eth0: ['192.0.2.77'], eth1: ['198.51.100.78'] })
    const second = make()
    await second.look()
    await second.look()
    expect(told).toEqual([reached(['192.0.2.77'], ['198.51.100.78'])])
  })

  test('is waited for while its interface has none, and comes back as if nothing had been', async () => {
    const { make, on, told } = bench()
    const addresses = make()
    await addresses.look()
    on({ eth1: ['198.51.100.5'] })
    await addresses.look()
    on({ eth0: ['192.0.2.5'], eth1: ['198.51.100.5'] })
    await addresses.look()
    expect(told).toEqual([])
  })

  test('of an address translator is nobody’s to change', async () => {
    const { make, told, on } = bench({ addresses: ['203.0.113.1'] })
    const addresses = make()
    await addresses.look()
    on({ eth0: ['192.0.2.77'] })
    await addresses.look()
    expect(told).toEqual([])
  })

  test('that nobody could decide is told again, not at once', async () => {
    const { make, on, told, refusing, later } = bench()
    const addresses = make()
    await addresses.look()
    on({ eth0: ['192.0.2.77'] })
    refusing.error = new Error('no majority')
    await addresses.look()
    await addresses.look()
    expect(told).toHaveLength(1)
    refusing.error = undefined
    later(30_000)
    await addresses.look()
    await addresses.look()
    expect(told).toHaveLength(2)
  })
})

describe('a second address', () => {
  test('of the configuration is told at the first look, and one that is none is not', async () => {
    const { make, told } = bench({}, '198.51.100.5')
    await make().look()
    expect(told).toEqual([reached(['192.0.2.5'], ['198.51.100.5'])])
    const wrong = bench({}, '192.0.2.5')
    await wrong.make().look()
    expect(wrong.told).toEqual([])
  })

  test('is set and taken away by a person, and what is not named stays', async () => {
    const { make, told } = bench()
    const addresses = make()
    expect(await addresses.set({ secondary: '198.51.100.5' })).toEqual({
      addresses: ['192.0.2.5'],
      secondary: ['198.51.100.5'],
    })
    expect(await addresses.set({ primary: '203.0.113.1' })).toMatchObject({ secondary: ['198.51.100.5'] })
    expect(await addresses.set({ secondary: '' })).toEqual({ addresses: ['203.0.113.1'] })
    expect(told.at(-1)).toEqual(reached(['203.0.113.1']))
    await expect(addresses.set({ secondary: '192.0.2.99' })).rejects.toThrow(/no address of this host/)
  })
})
