import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import { createLogger } from '#platform/log.ts'
import { memoryDisk, memoryStore } from '#store/memory-store.ts'
import { benchHost } from '#testing/engine-bench.ts'
import { labSample } from '#testing/lab-samples.ts'
import { leadingBench } from '#testing/log-bench.ts'
import { useVirtualTime } from '#testing/virtual-time.ts'
import { Keeper } from './keeper.ts'
import { encodeDocument } from './revision-document.ts'

useVirtualTime()

const text = 'hello'
const sha256 = createHash('sha256').update(text).digest('hex')
const intent = labSample({
  name: 'one',
  nodes: { r1: {} },
  files: [{ path: 'a', sha256, sizeBytes: text.length, mode: 0o644 }],
})
const document = encodeDocument(intent, { topology: 'name: one' })
const wish = { sha256: document.sha256, nodes: 1, links: 0, files: 1, bytes: text.length }
const stranger = 'ab'.repeat(32)

const setup = async (there: Readonly<Record<string, Uint8Array>>) => {
  const { bench } = await leadingBench([benchHost('a', 1)])
  bench.do({ type: 'submit', lab: 'one', intent, revision: wish })
  const disk = memoryDisk()
  const clock = { nowMs: 0 }
  const asked: string[] = []
  const keeper = new Keeper({
    engine: bench.engine,
    store: await memoryStore(disk),
    clock: { nowMs: () => clock.nowMs, monotonicMs: () => clock.nowMs },
    log: createLogger({ level: 'silent' }),
    peers: () => ['p' as HostId],
    fetch: async (_, digest) => {
      asked.push(digest)
      return there[digest] === undefined ? null : Buffer.from(there[digest]).toString('base64')
    },
  })
  return { keeper, disk, clock, asked, bench }
}

test('brings the document of a revision and its files, once', async () => {
  const { keeper, disk, asked } = await setup({ [document.sha256]: document.bytes, [sha256]: Buffer.from(text) })
  await keeper.look()
  expect([...disk.blobs.keys()]).toEqual([document.sha256, sha256])
  await keeper.look()
  expect(asked).toEqual([document.sha256, sha256])
})

test('drops after a while what neither a lab nor a revision names', async () => {
  const { keeper, disk, clock } = await setup({ [document.sha256]: document.bytes, [sha256]: Buffer.from(text) })
  await keeper.look()
  disk.blobs.set(stranger, Buffer.from('x'))
  clock.nowMs = 3_599_000
  await keeper.look()
  expect(disk.blobs.has(stranger)).toBe(true)
  clock.nowMs = 3_601_000
  await keeper.look()
  expect([...disk.blobs.keys()]).toEqual([document.sha256, sha256])
})

test('drops nothing while a revision cannot be read: what it names is not known', async () => {
  const { keeper, disk, clock } = await setup({})
  disk.blobs.set(stranger, Buffer.from('x'))
  clock.nowMs = 3_601_000
  await keeper.look()
  expect(disk.blobs.has(stranger)).toBe(true)
})
