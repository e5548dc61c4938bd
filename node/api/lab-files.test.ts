import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pathFault, receiveFiles } from './lab-files.ts'

const file = (path: string, text: string) => ({
  path,
  mode: 0o644,
  contentBase64: Buffer.from(text).toString('base64'),
})

describe('pathFault', () => {
  it.each([
    ['', 'is empty'],
    ['/etc/passwd', 'is absolute'],
    ['../a', 'leaves the folder of the lab'],
    ['a/../../b', 'leaves the folder of the lab'],
    ['a/..', 'leaves the folder of the lab'],
    ['./a', 'is not in its shortest form'],
    ['a//b', 'is not in its shortest form'],
    ['a/', 'is not in its shortest form'],
    ['a\0b', 'has a NUL byte'],
    ['x'.repeat(256), 'has a name that is too long'],
    ['x/'.repeat(2100), 'is longer than 4096 bytes'],
    [`${'x/'.repeat(64)}y`, 'is more than 64 folders deep'],
  ])('%j %s', (path, fault) => expect(pathFault(path)).toBe(fault))

  it.each(['a', 'router1/frr.conf', '.hidden', 'a/..b', 'ä/ö', `${'x/'.repeat(63)}y`])('takes %j', (path) =>
    expect(pathFault(path)).toBeUndefined(),
  )

  it('never lets a path out of the folder', () => {
    const part = fc.constantFrom('..', '.', '', 'a', 'b..', '..c')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const path = parts.join('/')
        fc.pre(pathFault(path) === undefined)
        expect(posix.resolve('/lab', path).startsWith('/lab/')).toBe(true)
      }),
    )
  })
})

describe('receiveFiles', () => {
  it('digests contents, and keeps equal ones once', () => {
    const { files, contents } = receiveFiles([file('a', 'same'), file('b/c', 'same'), file('d', '')])
    const sha256 = createHash('sha256').update('same').digest('hex')
    expect(files[1]).toEqual({ path: 'b/c', sha256, sizeBytes: 4, mode: 0o644 })
    expect(contents.size).toBe(2)
    expect(Buffer.from(contents.get(sha256) ?? []).toString()).toBe('same')
  })

  it.each([
    ['a file twice', [file('a', '1'), file('a', '2')], 'file a was sent twice'],
    ['a file as a folder', [file('a/b', '1'), file('a', '2')], 'a is sent as a file and as a folder'],
    ['a way out', [file('../a', '1')], 'file path "../a" leaves the folder of the lab'],
    ['what is not base64', [{ ...file('a', ''), contentBase64: 'a b' }], 'file a: contentBase64 is not base64'],
    ['too many', Array.from({ length: 1001 }, (_, i) => file(`f${i}`, '')), '1001 files; a lab may bring 1000'],
    [
      'too much',
      [file('a', 'x'.repeat(32 * 1024 * 1024)), file('b', 'y')],
      'the files are more than 33554432 bytes together',
    ],
  ])('refuses %s', (_what, sent, message) => {
    expect(() => receiveFiles(sent)).toThrow(expect.objectContaining({ code: 'BAD_INPUT', message }))
  })
})
