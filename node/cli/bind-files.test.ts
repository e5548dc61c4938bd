import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gatherBinds } from './bind-files.ts'

let outer = ''
let lab = ''
beforeEach(async () => {
  outer = await mkdtemp(join(tmpdir(), 'skein-binds-'))
  lab = join(outer, 'lab')
  await put('lab/a.txt', 'a')
  await put('lab/conf/one', '1')
  await put('lab/conf/deep/two', '22')
  await put('secret', 's')
})
afterEach(() => rm(outer, { recursive: true, force: true }))

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(outer, path)), { recursive: true })
  await writeFile(join(outer, path), text)
}

const gather = async (...paths: string[]) => {
  const sources = paths.map((path, i) => ({ path, line: i + 5, column: 9 }))
  const { files, problems } = await gatherBinds(lab, sources, { files: 4, bytes: 1024 })
  return { paths: files.map(({ path }) => path), problems, files }
}

describe('gatherBinds', () => {
  it('takes files with their permissions, and folders with everything below, each once', async () => {
    await chmod(join(lab, 'a.txt'), 0o4755)
    const { paths, problems, files } = await gather('a.txt', 'conf/', 'conf/one', 'conf')
    expect({ paths, problems }).toEqual({ paths: ['a.txt', 'conf/deep/two', 'conf/one'], problems: [] })
    expect(files[0]).toMatchObject({ mode: 0o755 })
    expect(Buffer.from(files[1]?.bytes ?? []).toString()).toBe('22')
  })

  it('follows links within the folder', async () => {
    await symlink('../a.txt', join(lab, 'conf/link'))
    await symlink('conf', join(lab, 'alias'))
    expect(await gather('alias/')).toMatchObject({ paths: ['alias/deep/two', 'alias/link', 'alias/one'], problems: [] })
  })

  it.each<[string, string, () => Promise<unknown>, string]>([
    ['what is not there', 'gone', async () => {}, '`gone` cannot be read: it does not exist'],
    ['a link out', 'out', () => symlink('../secret', join(lab, 'out')), '`out` leads out of the folder of the lab'],
    [
      'an absolute link out',
      'conf',
      () => symlink('/etc', join(lab, 'conf/out')),
      '`conf/out` leads out of the folder of the lab',
    ],
    [
      'a neighbour of a like name',
      'out',
      async () => {
        await put('lab2/x', 'x')
        await symlink('../lab2/x', join(lab, 'out'))
      },
      '`out` leads out of the folder of the lab',
    ],
    ['a circle', 'conf', () => symlink('.', join(lab, 'conf/me')), '`conf/me` is a symbolic link to a folder it is in'],
    ['an empty folder', 'void', () => mkdir(join(lab, 'void')), 'the folder `void` holds no files'],
    ['a file named as a folder', 'a.txt/', async () => {}, '`a.txt/` is a file, not a folder'],
    ['a pipe', 'pipe', async () => spawnSync('mkfifo', [join(lab, 'pipe')]), '`pipe` is neither a file nor a folder'],
    ['too much', 'big', () => put('lab/big', 'x'.repeat(1025)), 'with `big` the files of the lab are more than'],
    [
      'too many',
      'many',
      async () => {
        for (const name of 'abcde') await put(`lab/many/${name}`, '')
      },
      'a lab may bring 4 files, and `many/d` is one more',
    ],
  ])('refuses %s, at its line', async (_what, path, prepare, message) => {
    await prepare()
    const { problems } = await gather('a.txt', path)
    expect(problems).toMatchObject([
      { severity: 'error', line: 6, column: 9, message: expect.stringContaining(message) },
    ])
  })
})
