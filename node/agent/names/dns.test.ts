import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { CODE, encodeName, TYPE } from '#core/dns/message.ts'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { DnsDoorOptions } from '#platform/dns-door.ts'
import { askDns, type DnsDoor, openDnsDoor } from '#platform/dns-door.ts'
import { createLogger } from '#platform/log.ts'
import { Dns, type DnsOptions } from './dns.ts'

const query = (name: string, type: number = TYPE.A): Uint8Array =>
  Uint8Array.from([7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...encodeName(name), 0, type, 0, 1])
const codeOf = (reply: Uint8Array | undefined): number => (reply?.[3] ?? 255) & 15
const SILENT = createLogger({ level: 'silent' })

const make = (more: Partial<DnsOptions> = {}) => {
  const counts: string[] = []
  const dns = new Dns({ log: SILENT, upstreams: () => [], count: (code) => void counts.push(code), ...more })
  dns.know({
    hosts: [],
    nodes: [
      {
        lab: 'a' as LabName,
        node: 'r1' as NodeName,
        names: ['r1.a.mesh.local'],
        short: ['r1'],
        addresses: ['172.20.20.2'],
        isHealthy: true,
      },
    ],
  })
  return { dns, counts }
}

describe('dns', () => {
  it('answers for the mesh itself, and passes on what is not its own', async () => {
    const asked: string[] = []
    const { dns } = make({
      upstreams: () => ['192.0.2.1', '192.0.2.2'],
      ask: async (server) => {
        asked.push(server)
        if (server === '192.0.2.1') throw new Error('no answer')
        return Uint8Array.of(1, 2, 3)
      },
    })
    expect([...((await dns.answer(query('r1.a.mesh.local'), '1.1.1.1', 'udp')) ?? [])].slice(-4)).toEqual([
      172, 20, 20, 2,
    ])
    expect(codeOf(await dns.answer(query('r9.a.mesh.local'), '1.1.1.1', 'udp'))).toBe(CODE.unknown)
    expect(asked).toEqual([])
    expect(await dns.answer(query('example.org'), '1.1.1.1', 'udp')).toEqual(Uint8Array.of(1, 2, 3))
    expect(asked).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(await dns.answer(new Uint8Array(3), '1.1.1.1', 'udp')).toBeUndefined()
  })

  it('says that it failed where nobody answers, and asks no more than it can wait for', async () => {
    expect(codeOf(await make().dns.answer(query('example.org'), '', 'tcp'))).toBe(CODE.failed)
    const { promise, resolve } = Promise.withResolvers<Uint8Array>()
    const { dns, counts } = make({ upstreams: () => ['192.0.2.1'], ask: () => promise })
    const waiting = Array.from({ length: 128 }, () => dns.answer(query('example.org'), '', 'udp'))
    expect(codeOf(await dns.answer(query('example.org'), '', 'udp'))).toBe(CODE.failed)
    expect(counts).toEqual(['DNS_BUSY'])
    resolve(Uint8Array.of(9))
    expect((await Promise.all(waiting)).every((reply) => reply?.[0] === 9)).toBe(true)
  })

  it('listens where it is told, tells where it cannot, and tries again later', async () => {
    const doors = new Map<string, boolean>()
    let isFree = false
    const openDoor = async ({ address }: DnsDoorOptions): Promise<DnsDoor> => {
      if (address === '10.0.0.2' && !isFree) throw new Error('bind EADDRINUSE')
      doors.set(address, true)
      return { close: async () => void doors.set(address, false) }
    }
    const { dns } = make({ openDoor })
    await dns.listen(['10.0.0.1', '10.0.0.2'], 0)
    expect(dns.troubles).toEqual(['names are not answered on 10.0.0.2: bind EADDRINUSE'])
    isFree = true
    await dns.listen(['10.0.0.1', '10.0.0.2'], 5_000)
    expect(dns.troubles).toHaveLength(1)
    await dns.listen(['10.0.0.2'], 20_000)
    expect([dns.troubles, [...doors]]).toEqual([
      [],
      [
        ['10.0.0.1', false],
        ['10.0.0.2', true],
      ],
    ])
    await dns.close()
    expect([...doors.values()]).toEqual([false, false])
  })
})

describe('a door', () => {
  // An address that no other test uses: what is free for UDP is then free for TCP.
  const DOOR = '127.0.53.1'
  const open: DnsDoor[] = []
  afterEach(async () => {
    for (const door of open.splice(0)) await door.close()
  })
  const free = async (): Promise<number> => {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, DOOR, resolve))
    const { port } = socket.address()
    await new Promise<void>((resolve) => socket.close(() => resolve()))
    return port
  }

  it('answers by UDP and TCP, several questions on one connection, and ends one that says too much', async () => {
    const port = await free()
    open.push(
      await openDnsDoor({
        address: DOOR,
        port,
        answer: async (bytes, from, via) => Buffer.from(`${via} ${from} ${bytes.length}`),
      }),
    )
    const socket = createSocket('udp4')
    const reply = new Promise<string>((resolve) => socket.on('message', (bytes) => resolve(bytes.toString())))
    socket.send(new Uint8Array(5), port, DOOR)
    expect(await reply).toBe('udp 127.0.0.1 5')
    socket.close()
    const tcp = (bytes: readonly number[]) =>
      new Promise<string>((resolve) => {
        const client = connect(port, DOOR, () => client.write(Uint8Array.from(bytes)))
        let text = ''
        client.on('data', (chunk) => {
          text += chunk.toString('latin1')
          if (text.length >= 34) client.destroy()
        })
        client.on('close', () => resolve(text))
      })
    expect(await tcp([0, 1, 65, 0, 2, 66, 67])).toBe('\0\x0ftcp 127.0.0.1 1\0\x0ftcp 127.0.0.1 2'.slice(0, 34))
    expect(await tcp([0xff, 0xff, 1])).toBe('')
    await expect(openDnsDoor({ address: DOOR, port, answer: async () => undefined })).rejects.toThrow(/EADDRINUSE/)
  }, 20_000)

  it('that nobody opened does not answer', async () => {
    await expect(askDns(DOOR, query('x'), { via: 'tcp', timeoutMs: 500 })).rejects.toThrow()
  })
})
