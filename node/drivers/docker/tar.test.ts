import fc from 'fast-check'
import { extract } from 'tar-stream'
import { expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { readTar, TAR_END, tarAround } from './tar.ts'

interface File {
  readonly name: string
  readonly content: Buffer
}

const archive = async (files: readonly File[]): Promise<Buffer> => {
  const around = files.map(async ({ name, content }) => {
    const { head, tail } = await tarAround(name, content.length)
    return [head, content, tail]
  })
  return Buffer.concat([...(await Promise.all(around)).flat(), TAR_END])
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const contents = async (chunks: AsyncIterable<Uint8Array>, skip?: number): Promise<readonly string[]> => {
  const found: string[] = []
  for await (const { bytes } of readTar(chunks)) {
    const parts: Uint8Array[] = []
    if (found.length !== skip) for await (const chunk of bytes) parts.push(chunk)
    found.push(Buffer.concat(parts).toString('latin1'))
  }
  return found
}

test('what is written is read, in pieces of whatever size; files nobody reads are passed over', async () => {
  const file = fc.record({ name: fc.stringMatching(/^[a-z]{1,90}$/), content: fc.uint8Array({ maxLength: 1500 }) })
  const sizes = fc.integer({ min: 1, max: 3000 })
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 5 }), sizes, fc.nat(5), async (some, size, skip) => {
      const files = some.map(({ name, content }) => ({ name, content: Buffer.from(content) }))
      const expected = files.map(({ content }, at) => (at === skip ? '' : content.toString('latin1')))
      expect(await contents(inPieces(await archive(files), size), skip)).toEqual(expected)
    }),
    { numRuns: 50 },
  )
})

test('a size that stands in an extended header counts; folders are no files', async () => {
  const records = Buffer.from('13 size=0004\n')
  const pax = await tarAround('pax', records.length)
  const folder = Buffer.from((await tarAround('folder', 0)).head)
  const real = Buffer.from((await tarAround('real', 0)).head)
  const retyped = (head: Buffer, type: string): Buffer => {
    head.write(type, 156, 'latin1')
    head.fill(0x20, 148, 156)
    const sum = head.reduce((all, byte) => all + byte, 0)
    head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
    return head
  }
  const bytes = Buffer.concat([
    retyped(folder, '5'),
    retyped(Buffer.from(pax.head), 'x'),
    ...[records, pax.tail, real, Buffer.from('abcd'), Buffer.alloc(508), TAR_END],
  ])
  expect(await contents(inPieces(bytes, 700))).toEqual(['abcd'])
})

test('a size of more than 8 GiB is kept', async () => {
  const { head } = await tarAround('huge', 9 * 1024 ** 3)
  const found = Promise.withResolvers<unknown>()
  const reader = extract().on('entry', ({ size }) => found.resolve(size))
  reader.write(head)
  expect(await found.promise).toBe(9 * 1024 ** 3)
  reader.destroy()
})

test.each([
  ['an archive that ends too early', (await archive([{ name: 'a', content: Buffer.alloc(2000) }])).subarray(0, 1500)],
  ['what is no archive', Buffer.alloc(1024, 7)],
])('%s is refused', async (_what, bytes) => {
  await expect(contents(inPieces(bytes, 100))).rejects.toMatchObject({ code: 'TOOL_FAILED' })
})

test('why there are no more bytes is told as it is, and who stops reading ends them', async () => {
  const whole = await archive([
    { name: 'a', content: Buffer.alloc(100_000) },
    { name: 'b', content: Buffer.alloc(100_000) },
  ])
  let ended = 0
  const source = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* inPieces(whole.subarray(0, 150_000), 10_000)
      throw new MeshError('TIMEOUT', 'the engine is silent')
    } finally {
      ended += 1
    }
  }
  await expect(contents(source())).rejects.toMatchObject({ code: 'TIMEOUT' })
  for await (const { bytes } of readTar(source())) {
    for await (const _chunk of bytes);
    break
  }
  while (ended < 2) await new Promise((resolve) => setTimeout(resolve, 5))
})
