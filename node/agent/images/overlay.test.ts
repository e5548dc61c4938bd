import { beforeEach, describe, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { ByteCall, ByteDoorOptions } from '#platform/byte-door.ts'
import { createLogger } from '#platform/log.ts'
import type { BlobAsk } from './messages.ts'
import { Tickets } from './tickets.ts'
import { Ways } from './ways.ts'

const id = `sha256:${'a'.repeat(64)}`
const ASK: BlobAsk = { id, digest: id, offset: 7 }
const ADDRESSES: Readonly<Record<string, string>> = { giver: '10.213.0.1', taker: '10.213.0.2', other: '10.213.0.3' }
const never = new AbortController().signal
const host = (name: string): HostId => name as HostId
const bytes = async (some: AsyncIterable<Uint8Array> | undefined): Promise<string> => {
  if (some === undefined) return 'nothing'
  const chunks: Uint8Array[] = []
  for await (const chunk of some) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('parts of images by the overlay', () => {
  let nowMs: number
  let doors: ByteDoorOptions[]
  let doorFails: boolean
  let tickets: Tickets
  let detours: string[]
  /** What comes over the network to the giver's door. */
  let network: (call: ByteCall) => AsyncIterable<Uint8Array>
  let answer: (ask: BlobAsk) => Promise<unknown>
  const clock = { monotonicMs: () => nowMs }
  const engineOf = (self: string) => {
    const hosts = Object.entries(ADDRESSES).map(([name, overlayAddress]) => ({
      id: name,
      state: 'admitted',
      overlayAddress,
    }))
    return { self: host(self), roster: { hosts } } as never
  }
  const ways = (): Ways =>
    new Ways({
      engine: engineOf('taker'),
      clock,
      ticket: (_host, ask) => answer(ask),
      call: (call) => network(call) as AsyncGenerator<Uint8Array, void>,
      stream: async function* () {
        yield Buffer.from('by the mesh')
      },
      onDetour: (from, why) => detours.push(`${from}: ${why}`),
    })
  const issued = async (from = 'taker'): Promise<string> => {
    const given = (await tickets.issue(host(from), ASK)) as { ticket: string; port: number }
    expect(given.port).toBe(4802)
    return given.ticket
  }
  const shown = (ticket: string, address: string) => bytes(doors[0]?.give(ticket, address, never))

  beforeEach(() => {
    nowMs = 0
    doors = []
    detours = []
    doorFails = false
    tickets = new Tickets({
      engine: engineOf('giver'),
      clock,
      log: createLogger({ level: 'silent' }),
      port: 4802,
      openDoor: async (options) => {
        if (doorFails) throw new Error('EADDRNOTAVAIL')
        doors.push(options)
        return { port: options.port, close: async () => {} }
      },
      check: ({ digest }) => {
        if (digest !== id) throw new MeshError('NOT_FOUND', 'no lab that runs has it')
      },
      give: async function* ({ offset }) {
        yield Buffer.from(`from ${offset} on`)
      },
    })
    answer = (ask) => tickets.issue(host('taker'), ask)
    network = async function* ({ ticket, localAddress }) {
      const given = doors[0]?.give(ticket, localAddress, never)
      if (given !== undefined) yield* given
    }
  })

  test('a ticket is good once, for the host that asked, for a while', async () => {
    expect(await shown(await issued(), ADDRESSES.taker ?? '')).toBe('from 7 on')
    const second = await issued()
    expect(await shown(second, ADDRESSES.other ?? '')).toBe('nothing')
    expect(await shown(second, ADDRESSES.taker ?? '')).toBe('nothing')
    const third = await issued()
    nowMs = 31_000
    expect(await shown(third, ADDRESSES.taker ?? '')).toBe('nothing')
    expect(await shown('', ADDRESSES.taker ?? '')).toBe('nothing')
    expect(doors).toHaveLength(1)
  })

  test('only other members may call; who is none gets no ticket, and nobody one for what is not given', async () => {
    await issued()
    const may = [...Object.values(ADDRESSES), '127.0.0.1', '172.20.20.2'].map((address) => doors[0]?.mayCall(address))
    expect(may).toEqual([false, true, true, false, false])
    expect(doors[0]?.address).toBe(ADDRESSES.giver)
    expect(await tickets.issue(host('stranger'), ASK)).toBeNull()
    await expect(tickets.issue(host('taker'), { ...ASK, offset: -1 })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    const other = { ...ASK, digest: `sha256:${'b'.repeat(64)}` }
    await expect(tickets.issue(host('taker'), other)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('where the address is not there yet the mesh is used, and the door opens later', async () => {
    doorFails = true
    expect(await tickets.issue(host('taker'), ASK)).toBeNull()
    doorFails = false
    expect(await tickets.issue(host('taker'), ASK)).toBeNull()
    nowMs = 10_000
    expect(await tickets.issue(host('taker'), ASK)).not.toBeNull()
  })

  test('it is asked for by the overlay, without a word', async () => {
    expect(await bytes(ways().bytes(host('giver'), ASK, never))).toBe('from 7 on')
    expect(detours).toEqual([])
  })

  test('where the overlay does not pass, the mesh is used for a minute, which is told once', async () => {
    const pass = network
    // biome-ignore lint/correctness/useYield: it fails before the first byte
    network = async function* () {
      throw new MeshError('UNREACHABLE', 'connect timed out')
    }
    const both = ways()
    for (const _ of [1, 2]) expect(await bytes(both.bytes(host('giver'), ASK, never))).toBe('by the mesh')
    expect(detours).toEqual(['giver: connect timed out'])
    network = pass
    nowMs = 61_000
    expect(await bytes(both.bytes(host('giver'), ASK, never))).toBe('from 7 on')
  })

  test('what broke off after its first packets comes over the mesh the next time; after many it does not', async () => {
    let size = 10
    network = async function* () {
      yield Buffer.alloc(size)
      throw new MeshError('UNREACHABLE', 'silent')
    }
    size = 100_000
    const both = ways()
    await expect(bytes(both.bytes(host('giver'), ASK, never))).rejects.toMatchObject({ message: 'silent' })
    expect(detours).toEqual([])
    size = 10
    await expect(bytes(both.bytes(host('giver'), ASK, never))).rejects.toMatchObject({ message: 'silent' })
    expect(await bytes(both.bytes(host('giver'), ASK, never))).toBe('by the mesh')
  })

  test('a giver of an earlier version, or without a door, gives over the mesh; what it refuses it refuses', async () => {
    answer = () => Promise.reject(new MeshError('BAD_INPUT', 'its version may be older'))
    expect(await bytes(ways().bytes(host('giver'), ASK, never))).toBe('by the mesh')
    answer = async () => null
    expect(await bytes(ways().bytes(host('giver'), ASK, never))).toBe('by the mesh')
    answer = () => Promise.reject(new MeshError('BUSY', 'too many'))
    await expect(bytes(ways().bytes(host('giver'), ASK, never))).rejects.toMatchObject({ code: 'BUSY' })
    expect(detours).toEqual(['giver: its version may be older', 'giver: it gives no images there'])
  })
})
