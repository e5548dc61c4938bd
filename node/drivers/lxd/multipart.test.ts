import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partsOf } from './multipart.ts'

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const form = (parts: readonly Uint8Array[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap((part, at) => [
      Buffer.from(`${at === 0 ? '' : '\r\n'}--b0undary\r\nContent-Disposition: form-data; name="${at}"\r\n\r\n`),
      part,
    ]),
    Buffer.from('\r\n--b0undary--\r\n'),
  ])

const read = async (bytes: Buffer, size: number): Promise<readonly (readonly [boolean, string])[]> => {
  const found: (readonly [boolean, string])[] = []
  for await (const part of partsOf(inPieces(bytes, size))) {
    const chunks: Uint8Array[] = []
    for await (const chunk of part) chunks.push(chunk)
    found.push([part.isOfSeveral, Buffer.concat(chunks).toString('latin1')])
  }
  return found
}

/** Bytes that look like the end of a part now and then. */
const content = fc
  .array(fc.constantFrom('\r\n', '--', '--b0undary', '\r\n--b0und', 'x', '\0'), { maxLength: 30 })
  .map((texts) => texts.join(''))
  .filter((text) => !text.includes('\r\n--b0undary'))
  .map((text) => Buffer.from(text))

test('every file of a form comes, in pieces of whatever size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(content, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 200 }),
      async (parts, size) => {
        const expected = parts.map((part) => [true, part.toString('latin1')])
        expect(await read(form(parts), size)).toEqual(expected)
      },
    ),
    { numRuns: 200 },
  )
})

test.each([1, 3, 1000])('what is no form is one file (pieces of %i bytes)', async (size) => {
  const file = Buffer.from('\x1f\x8b--b0undary\r\n\r\n')
  expect(await read(file, size)).toEqual([[false, file.toString('latin1')]])
})

test('a form that ends too early is refused', async () => {
  const whole = form([Buffer.alloc(100), Buffer.alloc(100)])
  for (const count of [5, 80, 300, whole.length - 4])
    await expect(read(whole.subarray(0, count), 50)).rejects.toMatchObject({ code: 'TOOL_FAILED' })
})
