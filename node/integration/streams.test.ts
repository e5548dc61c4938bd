import type { Connection } from '@libp2p/interface'
import { afterEach, describe, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { createKeys, libp2pKey } from '#identity/keys.ts'
import { createTransport, type Transport } from '#mesh/libp2p.ts'
import type { MeshOptions } from '#mesh/mesh.ts'
import { answerStream, readStream } from '#mesh/streams.ts'
import { until } from './mesh-support.ts'

const PROTOCOL = '/skein/test/stream'
const transports: Transport[] = []
afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.stop()))
})

const transport = async (): Promise<Transport> => {
  const made = await createTransport({
    privateKey: libp2pKey(createKeys()),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    gater: {},
    guard: () => undefined,
    topic: 'none',
    seenMs: 1_000,
  })
  transports.push(made)
  return made
}

/** Two hosts, one of which answers streams. */
const between = (onStream: MeshOptions['onStream']) =>
  talkBetween((host, name, body, { signal }) => onStream?.(host, name, body, signal))

const talkBetween = async (answer: Parameters<typeof answerStream>[2]['answer']) => {
  const [from, to] = [await transport(), await transport()]
  const counts: string[] = []
  await to.handle(PROTOCOL, (stream) =>
    answerStream(stream, 'from' as HostId, {
      answer,
      count: (code) => counts.push(code),
      onProgress: () => undefined,
    }),
  )
  await Promise.all([from.start(), to.start()])
  const [address] = to.getMultiaddrs()
  if (address === undefined) throw new Error('it listens nowhere')
  const connection = await from.dial(address)
  return { connection, counts, to }
}

const ask = (connection: Connection, name: string, signal: AbortSignal = new AbortController().signal) =>
  readStream(connection, { protocol: PROTOCOL, name, body: { a: 1 }, signal, onProgress: () => undefined })

describe('streams between hosts', () => {
  test('bytes arrive whole and in order, and end', async () => {
    const asked: unknown[] = []
    const { connection } = await between(async function* (from, name, body) {
      asked.push([from, name, body])
      for (let i = 0; i < 40; i++) yield new Uint8Array(100_000).fill(i)
    })
    let bytes = 0
    for await (const piece of ask(connection, 'many')) {
      expect(piece.every((byte) => byte === Math.floor(bytes / 100_000) || byte === piece[0])).toBe(true)
      bytes += piece.length
    }
    expect([bytes, asked]).toEqual([4_000_000, [['from', 'many', { a: 1 }]]])
  })

  test('a slow reader slows the source', async () => {
    let given = 0
    const { connection } = await between(async function* () {
      for (; given < 2_000; given++) yield new Uint8Array(64 * 1024)
    })
    const pieces = ask(connection, 'slow')
    await pieces.next()
    let before = { given: 0, looks: 0 }
    await until('the source waits', () => {
      before = before.given === given ? { given, looks: before.looks + 1 } : { given, looks: 0 }
      return given > 0 && before.looks > 10
    })
    // What the muxer lets be under way, 16 MiB at most, and what waits on both sides.
    expect(given).toBeLessThan(500)
    await pieces.return()
  })

  test('a fast reader may stop for a while and go on', async () => {
    let given = 0
    const { connection } = await between(async function* () {
      for (; given < 640; given++) yield new Uint8Array(64 * 1024)
    })
    let taken = 0
    let before = { given: 0, looks: 0 }
    for await (const piece of ask(connection, 'many')) {
      taken += piece.length
      // By now the muxer lets much be under way.
      if (taken < 20 * 1024 * 1024 || before.looks > 10) continue
      await until('the source waits', () => {
        before = before.given === given ? { given, looks: before.looks + 1 } : { given, looks: 0 }
        return before.looks > 10
      })
    }
    expect(taken).toBe(640 * 64 * 1024)
  })

  test('what goes wrong arrives as it is, before the first piece and later', async () => {
    const { connection } = await between(async function* (_from, name) {
      if (name === 'late') yield Buffer.from('first')
      throw new MeshError('BUSY', 'too many', { most: 8 })
    })
    const failure = { code: 'BUSY', message: 'too many', details: { most: 8 } }
    await expect(ask(connection, 'at once').next()).rejects.toMatchObject(failure)
    const late = ask(connection, 'late')
    expect(Buffer.from((await late.next()).value ?? []).toString()).toBe('first')
    await expect(late.next()).rejects.toMatchObject(failure)
  })

  test('a reader that goes ends the source, and so does its signal', async () => {
    let ended = 0
    const { connection } = await between(async function* (_from, _name, _body, signal) {
      try {
        yield Buffer.from('first')
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      } finally {
        ended += 1
      }
    })
    const left = ask(connection, 'left')
    await left.next()
    await left.return()
    await until('one ended', () => ended === 1)
    const stop = new AbortController()
    const stopped = ask(connection, 'stopped', stop.signal)
    await stopped.next()
    const last = stopped.next()
    stop.abort()
    expect((await last).done).toBe(true)
    await until('the other ended', () => ended === 2)
  })

  test('a host that goes ends the reader', async () => {
    const { connection, to } = await between(async function* (_from, _name, _body, signal) {
      yield Buffer.from('first')
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    })
    const pieces = ask(connection, 'gone')
    await pieces.next()
    const next = expect(pieces.next()).rejects.toMatchObject({ code: 'UNREACHABLE' })
    await to.stop()
    await next
  })
})

describe('streams both ways', () => {
  const talk = (connection: Connection, input: AsyncIterable<Uint8Array>, signal = new AbortController().signal) =>
    readStream(connection, { protocol: PROTOCOL, name: 'talk', body: null, signal, input, onProgress: () => undefined })
  const words = async function* (...texts: readonly string[]) {
    for (const text of texts) yield Buffer.from(text)
  }
  const textsOf = async (bytes: AsyncIterable<Uint8Array>) => {
    const texts: string[] = []
    for await (const piece of bytes) texts.push(Buffer.from(piece).toString())
    return texts
  }

  test('what is said arrives as it was cut, up to its end, while answers come', async () => {
    const { connection } = await talkBetween(async function* (_from, _name, _body, { input }) {
      yield Buffer.from('go on')
      for await (const said of input) yield Buffer.from(`<${Buffer.from(said)}>`)
      yield Buffer.from('all heard')
    })
    const long = 'x'.repeat(32 * 1024)
    const said = await textsOf(talk(connection, words('one', '', 'größe', long)))
    expect(said).toEqual(['go on', '<one>', '<>', '<größe>', `<${long}>`, 'all heard'])
  })

  test('a host of an older version is told apart from one that is gone', async () => {
    const { connection } = await talkBetween(() => words('never'))
    const ask = { protocol: '/skein/test/later', name: 'talk', body: null, onProgress: () => undefined }
    const pieces = readStream(connection, { ...ask, signal: new AbortController().signal, input: words() })
    await expect(pieces.next()).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('older') })
  })

  test('who does not listen slows who speaks', async () => {
    let said = 0
    const stop = new AbortController()
    const { connection } = await talkBetween(async function* (_from, _name, _body, { signal }) {
      yield Buffer.from('I hear nothing')
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    })
    const endless = async function* () {
      for (; said < 5_000; said++) yield new Uint8Array(32 * 1024)
    }
    const pieces = talk(connection, endless(), stop.signal)
    await pieces.next()
    let before = { said: 0, looks: 0 }
    await until('the speaker waits', () => {
      before = before.said === said ? { said, looks: before.looks + 1 } : { said, looks: 0 }
      return said > 0 && before.looks > 10
    })
    expect(said).toBeLessThan(500)
    stop.abort()
    expect((await pieces.next()).done).toBe(true)
  })

  test('who listens hears no more when the speaker goes', async () => {
    const heard: string[] = []
    let isOver = false
    const { connection } = await talkBetween(async function* (_from, _name, _body, { input }) {
      yield Buffer.from('first')
      for await (const piece of input) heard.push(Buffer.from(piece).toString())
      isOver = true
    })
    const forEver = async function* () {
      yield Buffer.from('said')
      await new Promise(() => undefined)
    }
    const pieces = talk(connection, forEver())
    await pieces.next()
    await until('it is heard', () => heard.length === 1)
    await pieces.return()
    await until('it ended', () => isOver)
  })
})
