import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBytes } from '#platform/bytes.ts'
import { createExec } from '#platform/run.ts'
import type { ImageFiles, Images } from '../images.ts'
import { createLxdImages } from './images.ts'

const [META, ROOT] = [Buffer.from('metadata of it'), Buffer.alloc(200_000, 5)]
const whole = Buffer.concat([META, ROOT])
const fingerprint = createHash('sha256').update(whole).digest('hex')
const id = `sha256:${fingerprint}`
const never = new AbortController().signal

let folder: string
let server: Server
let images: Images
let isSplit: boolean
let posted: { readonly url: string; readonly type: string; readonly body: Buffer }[]
let taken: readonly string[]

const boundary = 'of-lxd'
const form = Buffer.concat([
  ...[Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="metadata"; filename="m"\r\n\r\n`), META],
  ...[Buffer.from(`\r\n--${boundary}\r\nContent-Disposition: form-data; name="rootfs"; filename="r"\r\n\r\n`), ROOT],
  Buffer.from(`\r\n--${boundary}--\r\n`),
])

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-lxd-'))
  isSplit = true
  posted = []
  taken = []
  server = createServer(async (ask, answer) => {
    const chunks: Buffer[] = []
    for await (const chunk of ask) chunks.push(chunk as Buffer)
    const { method, url = '' } = ask
    const say = (status: number, json: unknown): unknown => answer.writeHead(status).end(JSON.stringify(json))
    if (method === 'POST') {
      posted.push({ url, type: ask.headers['content-type'] ?? '', body: Buffer.concat(chunks) })
      const isTaken = url === '/1.0/images/aliases' && taken.includes(JSON.parse(String(chunks[0])).name)
      return isTaken ? say(409, { error: 'Alias "deb" already exists' }) : say(200, { type: 'sync', metadata: {} })
    }
    if (url === `/1.0/images/${fingerprint}`) return say(200, { metadata: { fingerprint, size: whole.length } })
    if (url === `/1.0/images/${fingerprint}/export`) return answer.end(isSplit ? form : whole)
    return say(404, { error: 'not found' })
  })
  const socket = join(folder, 'socket')
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  images = createLxdImages({ socket: () => socket, exec: createExec(), bytes: createBytes() })
  await writeFile(join(folder, 'whole'), whole)
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

const load = (more: Partial<ImageFiles> = {}) =>
  images.load({ id, name: 'deb', configFile: join(folder, 'whole'), layerFiles: [], ...more })

test.each([
  [true, { layers: [], sizeBytes: whole.length, headBytes: META.length }],
  [false, { layers: [], sizeBytes: whole.length }],
])('what is given has the fingerprint it is known by (two files: %s)', async (split, parts) => {
  isSplit = split
  expect(await images.parts(id)).toEqual(parts)
  expect(await images.parts(`sha256:${'0'.repeat(64)}`)).toBeUndefined()
  const hash = createHash('sha256')
  for await (const { bytes } of images.archive(id, never)) for await (const chunk of bytes) hash.update(chunk)
  expect(hash.digest('hex')).toBe(fingerprint)
})

test('one of two files is put together again, and gets its name', async () => {
  await load({ headBytes: META.length })
  const [made, named] = posted
  const texts = made?.body.toString('latin1').split(/\r\n\r\n/) ?? []
  expect(made?.type).toMatch(/^multipart\/form-data; boundary=skein-/)
  expect(texts[0]).toContain('name="metadata"')
  expect(texts[1]).toMatch(/^metadata of it\r\n--skein-[0-9a-f]+\r\n.*name="rootfs"/)
  expect(texts[2]?.startsWith(ROOT.toString('latin1'))).toBe(true)
  expect(texts[2]?.slice(ROOT.length)).toMatch(/^\r\n--skein-[0-9a-f]+--\r\n$/)
  expect(JSON.parse(String(named?.body))).toEqual({ name: 'deb', target: fingerprint })
})

test('one of one file goes as it is; a name that is taken stays where it is, a fingerprint is no name', async () => {
  taken = ['deb']
  await load()
  expect(posted[0]?.body.equals(whole)).toBe(true)
  expect(posted[0]?.type).toBe('application/octet-stream')
  await load({ name: fingerprint.slice(0, 12) })
  expect(posted.map(({ url }) => url)).toEqual(['/1.0/images', '/1.0/images/aliases', '/1.0/images'])
  await expect(load({ headBytes: whole.length })).rejects.toMatchObject({ code: 'TOOL_FAILED' })
})
