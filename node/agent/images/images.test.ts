import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ActiveLab } from '#core/engine/labs.ts'
import { MeshError } from '#core/model/errors.ts'
import type { FeedTold } from '#core/model/feed.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Image } from '#core/model/resource.ts'
import { imageId, lxdImageId } from '#core/model/resource-ids.ts'
import type { ImageFiles, Images } from '#drivers/images.ts'
import { systemClock } from '#platform/clock.ts'
import { createLogger } from '#platform/log.ts'
import { ImageFetches } from './fetches.ts'
import type { BlobAsk } from './messages.ts'
import { ImageShelf } from './shelf.ts'

const log = createLogger({ level: 'silent' })
const digest = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const KIB = 1024

interface Made {
  readonly id: string
  readonly config: Buffer
  readonly layers: readonly Buffer[]
}

const madeOf = (...layers: readonly Buffer[]): Made => {
  const config = Buffer.from(JSON.stringify({ os: 'linux', rootfs: { type: 'layers', diff_ids: layers.map(digest) } }))
  return { id: digest(config), config, layers }
}
const small = madeOf(Buffer.alloc(300 * KIB, 1), Buffer.alloc(700 * KIB, 2), Buffer.alloc(0))

/** An engine in memory: what was loaded is checked as the real one does. */
class Engine implements Images {
  readonly has = new Map<string, Made>()
  readonly names = new Map<string, string>()
  archives = 0

  async parts(id: string) {
    const made = this.has.get(id)
    return made && { layers: made.layers.map(digest), sizeBytes: made.layers.reduce((sum, one) => sum + one.length, 0) }
  }

  async *archive(id: string) {
    const made = this.has.get(id)
    if (made === undefined) throw new MeshError('TOOL_FAILED', 'no such image')
    this.archives += 1
    for (const bytes of [Buffer.from('1.0'), ...made.layers, made.config]) yield { bytes: pieces(bytes, 64 * KIB) }
  }

  async load({ id, name, configFile, layerFiles }: ImageFiles): Promise<void> {
    const layers = await Promise.all(layerFiles.map(({ path }) => readFile(path)))
    const made = { id, config: await readFile(configFile), layers }
    if (digest(made.config) !== id) throw new MeshError('TOOL_FAILED', 'invalid configuration')
    this.has.set(id, made)
    this.names.set(name, id)
  }
}

/** An LXD in memory: an image is bytes, whose sha256 is its id, some of them metadata. */
class Lxd implements Images {
  readonly has = new Map<string, { readonly bytes: Buffer; readonly headBytes?: number }>()
  readonly names = new Map<string, string>()

  async parts(id: string) {
    const { bytes, ...head } = this.has.get(id) ?? {}
    return bytes && { layers: [], sizeBytes: bytes.length, ...head }
  }

  async *archive(id: string) {
    yield { bytes: pieces(this.has.get(id)?.bytes ?? Buffer.alloc(0), 64 * KIB) }
  }

  async load({ id, name, configFile, headBytes }: ImageFiles): Promise<void> {
    this.has.set(id, { bytes: await readFile(configFile), ...(headBytes === undefined ? {} : { headBytes }) })
    this.names.set(name, id)
  }
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const until = async (what: string, isSo: () => boolean | Promise<boolean>): Promise<void> => {
  const endMs = performance.now() + 15_000
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`${what}: not within 15 s`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('images between hosts', () => {
  let folder: string
  const hosts = new Map<string, Host>()
  /** What runs: the images of one lab. */
  let images: Record<string, string>
  /** Changes what a host gives; by the name of the giver. */
  let spoil: (from: string, bytes: AsyncIterable<Uint8Array>, ask: BlobAsk) => AsyncIterable<Uint8Array>

  interface Host {
    readonly engine: Engine
    readonly lxd: Lxd
    readonly shelf: ImageShelf
    readonly fetches: ImageFetches
    readonly asks: (BlobAsk & { readonly from: string })[]
    readonly told: FeedTold[]
    peers: readonly string[]
    changes: number
  }

  const hostOf = (name: string, peers: readonly string[]): Host => {
    const engine = new Engine()
    const lxd = new Lxd()
    const active = {
      get active() {
        return new Map([['one', { intent: { images } } as unknown as ActiveLab]])
      },
    } as never
    const shelf = new ImageShelf({
      engine: active,
      engines: { docker: engine, lxd },
      folder: join(folder, name, 'out'),
      log,
      keepMs: 50,
    })
    const asks: Host['asks'] = []
    const told: FeedTold[] = []
    const give = (from: string): ImageShelf => {
      const other = hosts.get(from)
      if (other === undefined || !host.peers.includes(from)) throw new MeshError('UNREACHABLE', `${from} is not there`)
      return other.shelf
    }
    const fetches = new ImageFetches({
      engine: active,
      engines: { docker: engine, lxd },
      clock: systemClock,
      log,
      folder: join(folder, name, 'in'),
      peers: () => host.peers as readonly HostId[],
      nameOf: (id) => id,
      parts: async (from, body) => give(from).parts(JSON.parse(JSON.stringify(body))),
      blob: (from, ask, signal) => {
        asks.push({ ...ask, from })
        return spoil(from, give(from).give(ask, signal), ask)
      },
      changed: () => {
        host.changes += 1
      },
      tell: (event) => told.push(event),
    })
    const host: Host = { engine, lxd, shelf, fetches, asks, told, peers, changes: 0 }
    hosts.set(name, host)
    return host
  }

  const wanted = (made: Made, name = 'frr:9'): Image => ({
    kind: 'image',
    id: imageId(made.id),
    needs: [],
    name,
    digest: made.id,
  })
  const comes = async (host: Host, made: Made): Promise<void> => {
    expect(host.fetches.mayPull(wanted(made))).toBe(false)
    await until('the image', () => host.engine.has.has(made.id))
    await until('the end', () => host.changes > 0)
  }
  const spooled = async (name: string): Promise<readonly string[]> => [
    ...(await readdir(join(folder, name, 'in')).catch(() => [])),
    ...(await readdir(join(folder, name, 'out')).catch(() => [])),
  ]

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skein-images-'))
    images = { 'frr:9': small.id }
    spoil = (_from, bytes) => bytes
  })
  afterEach(async () => {
    for (const { shelf, fetches } of hosts.values()) {
      fetches.stop()
      await shelf.stop()
    }
    hosts.clear()
    await rm(folder, { recursive: true })
  })

  test('one that is missing comes whole, is loaded by its name, and leaves nothing', async () => {
    const [a, b] = [hostOf('a', ['b']), hostOf('b', ['a'])]
    a.engine.has.set(small.id, small)
    await comes(b, small)
    expect(b.engine.names.get('frr:9')).toBe(small.id)
    expect(b.engine.has.get(small.id)?.layers.map(digest)).toEqual(small.layers.map(digest))
    expect(b.told.map(({ code, message }) => `${code} ${message.replace(/[\d.]+ s/, 'N s')}`)).toEqual([
      'IMAGE_FETCHING image frr:9 comes from a',
      'IMAGE_FETCHED image frr:9 came from a in N s: 1 MiB',
    ])
    await until('nothing left', async () => (await spooled('a')).length + (await spooled('b')).length === 0)
  })

  test.each([[undefined], [1000]])('one of LXD comes as it is, its metadata %s bytes of it', async (headBytes) => {
    const [a, b] = [hostOf('a', ['b']), hostOf('b', ['a'])]
    const image = { bytes: Buffer.alloc(300 * KIB, 7), ...(headBytes === undefined ? {} : { headBytes }) }
    const id = digest(image.bytes)
    images = { 'LXD image deb': id }
    a.lxd.has.set(id, image)
    const about = lxdImageId(id)
    b.fetches.mayPull({ kind: 'image', provider: 'lxd', id: about, needs: [], name: 'deb', digest: id })
    expect(b.fetches.doing().get(about)).toBe('looking for a host that has LXD image deb')
    await until('the image', () => b.lxd.has.has(id))
    expect(b.lxd.has.get(id)).toEqual(image)
    expect(b.lxd.names.get('deb')).toBe(id)
    expect(b.told[0]).toMatchObject({ about: 'lxd-image/deb', message: 'LXD image deb comes from a' })
    expect(b.engine.has.size).toBe(0)
  })

  test('what broke off goes on where it was, from another host that has it', async () => {
    const [a, b, c] = [hostOf('a', ['c']), hostOf('b', ['c']), hostOf('c', ['a'])]
    for (const { engine } of [a, b]) engine.has.set(small.id, small)
    const big = digest(small.layers[1] ?? Buffer.alloc(0))
    spoil = (from, bytes, ask) => (from === 'a' && ask.digest === big ? cut(bytes, 256 * KIB) : bytes)
    async function* cut(bytes: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
      let left = limit
      for await (const chunk of bytes) {
        yield chunk.subarray(0, left)
        left -= Math.min(left, chunk.length)
        if (left > 0) continue
        c.peers = ['b']
        throw new MeshError('UNREACHABLE', 'a is gone')
      }
    }
    await comes(c, small)
    const offsets = c.asks.filter((ask) => ask.digest === big).map(({ from, offset }) => `${from} ${offset}`)
    expect(offsets).toEqual(['a 0', `b ${256 * KIB - 8}`])
    expect(c.engine.has.get(small.id)?.layers.map(digest)).toEqual(small.layers.map(digest))
  })

  test('bytes that are not what they should be are refused, and not asked for there again', async () => {
    const [a, b, c] = [hostOf('a', []), hostOf('b', []), hostOf('c', ['a'])]
    for (const { engine } of [a, b]) engine.has.set(small.id, small)
    spoil = (from, bytes) => (from === 'a' ? flipped(bytes) : bytes)
    async function* flipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of bytes) yield chunk.length === 8 ? chunk : chunk.map((byte) => byte ^ 1)
    }
    expect(c.fetches.mayPull(wanted(small))).toBe(false)
    await until('the refusal', () => c.told.some(({ code }) => code === 'IMAGE_REFUSED'))
    await until('the end', () => c.changes > 0)
    expect(c.engine.has.size).toBe(0)
    expect(c.fetches.mayPull(wanted(small))).toBe(true)
    c.peers = ['a', 'b']
    c.fetches.heed()
    expect(c.fetches.mayPull(wanted(small))).toBe(false)
    await until('the image', () => c.engine.has.has(small.id))
  })

  test('a host that tells of other layers than the image has is not believed', async () => {
    const [a, c] = [hostOf('a', []), hostOf('c', ['a'])]
    const other = madeOf(Buffer.alloc(10, 9))
    a.engine.has.set(small.id, { ...other, id: small.id, config: small.config })
    c.fetches.mayPull(wanted(small))
    await until('the refusal', () => c.told.some(({ message }) => message.includes('other layers than was told')))
    expect(c.engine.has.size).toBe(0)
  })

  test('several hosts share one archive of the giver; how far it is can be seen', async () => {
    const a = hostOf('a', [])
    const others = ['b', 'c', 'd'].map((name) => hostOf(name, ['a']))
    a.engine.has.set(small.id, small)
    for (const { fetches } of others) fetches.mayPull(wanted(small))
    expect(others[0]?.fetches.doing().get(imageId(small.id))).toBe('looking for a host that has image frr:9')
    await until('all', () => others.every(({ engine }) => engine.has.has(small.id)))
    expect(a.engine.archives).toBe(1)
  })

  test('who nobody can give to asks a registry, and the hosts again when there are others', async () => {
    const [a, b] = [hostOf('a', []), hostOf('b', [])]
    a.engine.has.set(small.id, small)
    expect(b.fetches.mayPull(wanted(small))).toBe(false)
    await until('the answer', () => b.changes === 1)
    expect(b.fetches.mayPull(wanted(small))).toBe(true)
    b.fetches.heed()
    expect(b.changes).toBe(1)
    b.peers = ['a']
    b.fetches.heed()
    expect(b.changes).toBe(2)
    expect(b.fetches.mayPull(wanted(small))).toBe(false)
    await until('the image', () => b.engine.has.has(small.id))
  })

  test('only images of labs that run are given, and only parts they have', async () => {
    const a = hostOf('a', [])
    const secret = madeOf(Buffer.from('secret'))
    a.engine.has.set(small.id, small)
    a.engine.has.set(secret.id, secret)
    const { signal } = new AbortController()
    const bytes = async (body: unknown): Promise<unknown> => {
      for await (const chunk of a.shelf.give(body, signal)) return chunk
      return undefined
    }
    await expect(a.shelf.parts({ id: secret.id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(bytes({ id: secret.id, digest: secret.id, offset: 0 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(bytes({ id: small.id, digest: secret.id, offset: 0 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    for (const body of [
      null,
      { id: '../x', digest: small.id, offset: 0 },
      { id: small.id, digest: small.id, offset: -1 },
    ])
      await expect(bytes(body)).rejects.toMatchObject({ code: 'BAD_INPUT' })
    expect(await a.shelf.parts({ id: small.id })).toMatchObject({ layers: small.layers.map(digest) })
  })

  test('what no lab asks for any more is ended and removed', async () => {
    const [a, b] = [hostOf('a', []), hostOf('b', ['a'])]
    a.engine.has.set(small.id, small)
    spoil = (_from, bytes) => slow(bytes)
    async function* slow(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of bytes) {
        yield chunk
        await until('the end of the lab', () => images['frr:9'] === undefined)
      }
    }
    b.fetches.mayPull(wanted(small))
    await until('a beginning', async () => (await spooled('b')).length > 0)
    await b.fetches.keepOnly([])
    expect(b.fetches.doing().size).toBe(1)
    images = {}
    await b.fetches.keepOnly([])
    expect(b.fetches.doing().size).toBe(0)
    await until('nothing left', async () => (await spooled('b')).length === 0)
    expect(b.engine.has.size).toBe(0)
  })
})
