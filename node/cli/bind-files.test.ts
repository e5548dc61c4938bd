import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
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
  const sources = paths.map((path, i) => ({
    path,
    from: path.replace(/\/$/, ''),
    optional: false,
    line: i + 5,
    column: 9,
  }))
  const places = { folder: lab, home: outer, mayLeave: true }
  const { files, problems } = await gatherBinds(places, sources, { files: 4, bytes: 1024 })
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

  it('takes the whole folder, but not what is not of the lab', async () => {
    await put('lab/.git/config', 'x')
    await put('lab/clab-lab/hosts', 'x')
    const use = { path: '.skein/lab/', from: '.', optional: false, line: 1, column: 1 }
    const places = { folder: lab, home: outer, mayLeave: true }
    const { files, problems } = await gatherBinds(places, [use])
    expect({ paths: files.map(({ path }) => path), problems }).toEqual({
      paths: ['.skein/lab/a.txt', '.skein/lab/conf/deep/two', '.skein/lab/conf/one'],
      problems: [],
    })
  })

  it('takes what is above, at home and elsewhere, each by a name of its own', async () => {
    const use = (from: string, path: string, optional = false) => ({ path, from, optional, line: 1, column: 1 })
    const places = { folder: lab, home: outer, mayLeave: true }
    const sources = [
      use('../secret', '.skein/up-1/secret'),
      use('~/secret', '.skein/home/secret'),
      use(`${lab}/conf`, `.skein/abs${lab}/conf`, true),
      use(`${lab}/none`, `.skein/abs${lab}/none`, true),
    ]
    const { files, problems } = await gatherBinds(places, sources)
    expect(files.map(({ path }) => path)).toEqual([
      ...['.skein/up-1/secret', '.skein/home/secret'],
      ...[`.skein/abs${lab}/conf/deep/two`, `.skein/abs${lab}/conf/one`],
    ])
    expect(problems).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringMatching(/none` cannot be read: .*the host that runs the node binds its own/),
      },
    ])
    const remote = await gatherBinds({ ...places, mayLeave: false }, sources)
    expect(remote.files).toEqual([])
    expect(remote.problems.map(({ severity }) => severity)).toEqual(['error', 'error', 'warning', 'warning'])
  })

  it('takes of a source that passes a limit nothing', async () => {
    const optional = { path: '.skein/abs/x', from: `${lab}/conf`, optional: true, line: 1, column: 1 }
    const kept = { path: 'a.txt', from: 'a.txt', optional: false, line: 2, column: 1 }
    const places = { folder: lab, home: outer, mayLeave: true }
    const { files, problems } = await gatherBinds(places, [optional, kept], { files: 1, bytes: 1024 })
    expect([files.map(({ path }) => path), problems.map(({ severity }) => severity)]).toEqual([['a.txt'], ['warning']])
  })

  it('takes an empty folder with a file that makes it', async () => {
    await mkdir(join(lab, 'void'))
    expect(await gather('void')).toMatchObject({ paths: ['void/.keep'], problems: [] })
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

describe('what is at an address', () => {
  const answers: Readonly<Record<string, string>> = { '/r1.cfg': 'hostname r1\n', '/large': 'x'.repeat(2000) }
  let server: Server
  let base = ''
  beforeEach(async () => {
    server = createServer(({ url = '' }, response) => {
      const text = answers[url]
      response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'text/plain' }).end(text)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  })
  afterEach(() => void server.close())
  const fetched = async (name: string) => {
    const use = { path: '.skein/url/r1/r1.cfg', from: `${base}${name}`, optional: false, line: 7, column: 3 }
    const places = { folder: lab, home: undefined, mayLeave: false }
    return gatherBinds(places, [use], { files: 4, bytes: 1024 })
  }

  it('is fetched and travels', async () => {
    const { files, problems } = await fetched('/r1.cfg')
    expect(problems).toEqual([])
    expect(files.map(({ path, mode, bytes }) => [path, mode, Buffer.from(bytes).toString()])).toEqual([
      ['.skein/url/r1/r1.cfg', 0o644, 'hostname r1\n'],
    ])
  })

  it.each([
    ['/none', /^cannot fetch http.*404/],
    ['/large', /is too much for one lab$/],
  ])('%s is a problem at its line', async (name, message) => {
    const { files, problems } = await fetched(name)
    expect(files).toEqual([])
    expect(problems).toEqual([
      expect.objectContaining({ severity: 'error', line: 7, message: expect.stringMatching(message) }),
    ])
  })
})
