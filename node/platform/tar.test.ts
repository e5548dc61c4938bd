import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type TarFile, tar, tarPieces } from './tar.ts'

const unpacked = (archive: Uint8Array): string => {
  const folder = mkdtempSync(join(tmpdir(), 'skein-tar-'))
  const { status, stderr } = spawnSync('tar', ['-xf', '-', '-C', folder], { input: archive })
  expect(String(stderr)).toBe('')
  expect(status).toBe(0)
  return folder
}
const file = (path: string, text: string, mode = 0o644) => ({ path, bytes: Buffer.from(text), mode })

describe('an archive', () => {
  test('holds what tar(1) finds in it, folders are made', async () => {
    const exact = 'x'.repeat(512)
    const long = `${'a'.repeat(90)}/${'b'.repeat(60)}/${'c'.repeat(80)}.cfg`
    const folder = unpacked(
      await tar([
        file('etc/one', 'one\n', 0o640),
        file('two', exact),
        file('empty', ''),
        file(long, 'long'),
        file(`f/${'x'.repeat(200)}`, 'name'),
      ]),
    )
    expect(readFileSync(join(folder, 'etc/one'), 'utf8')).toBe('one\n')
    expect(statSync(join(folder, 'etc/one')).mode & 0o777).toBe(0o640)
    expect(readFileSync(join(folder, 'two'), 'utf8')).toBe(exact)
    expect(readFileSync(join(folder, 'empty'), 'utf8')).toBe('')
    expect(readFileSync(join(folder, long), 'utf8')).toBe('long')
    expect(readFileSync(join(folder, 'f', 'x'.repeat(200)), 'utf8')).toBe('name')
  })

  test('of nothing is one all the same', async () => {
    unpacked(await tar([]))
  })

  test('in pieces is the same one', async () => {
    const files = [file('one', 'one\n'), file('x'.repeat(200), 'x'.repeat(512)), file('empty', '')]
    const come = async function* (): AsyncGenerator<TarFile> {
      yield* files
    }
    const pieces: Uint8Array[] = []
    for await (const piece of tarPieces(come())) pieces.push(piece)
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(await tar(files)))
  })
})
