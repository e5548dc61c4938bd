import { mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BEGIN, END } from '#core/names/hosts-block.ts'
import { writeHostsBlock } from './hosts-file.ts'

describe('the hosts file', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skein-hosts-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('gets our part and loses it, keeps its mode, and stays the file a link leads to', async () => {
    const [file, link] = [join(folder, 'real'), join(folder, 'hosts')]
    await writeFile(file, '127.0.0.1 localhost\n', { mode: 0o640 })
    await symlink(file, link)
    expect(await writeHostsBlock(link, 'h1', (taken) => [`1.2.3.4 ${[...taken].join('-')}`])).toBeUndefined()
    expect(await readFile(file, 'utf8')).toBe(
      `127.0.0.1 localhost\n${BEGIN}\n1.2.3.4 localhost-h1-mesh.local\n${END}\n`,
    )
    expect([(await stat(file)).mode & 0o777, await readlink(link)]).toEqual([0o640, file])
    await writeHostsBlock(link, 'h1', () => [])
    expect(await readFile(file, 'utf8')).toBe('127.0.0.1 localhost\n')
  })

  it('is left alone where its marks are broken, and not written where nothing differs', async () => {
    const file = join(folder, 'hosts')
    await writeFile(file, `${BEGIN}\nmine\n`)
    expect(await writeHostsBlock(file, 'h1', () => ['1.2.3.4 x'])).toMatch(/left as it is/)
    expect(await readFile(file, 'utf8')).toBe(`${BEGIN}\nmine\n`)
    await writeFile(file, 'a\n')
    const before = (await stat(file)).ino
    await writeHostsBlock(file, 'h1', () => [])
    expect((await stat(file)).ino).toBe(before)
    await expect(writeHostsBlock(join(folder, 'none'), 'h1', () => [])).rejects.toThrow(/ENOENT/)
  })
})
