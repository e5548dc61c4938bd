import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bytes, Exec, SocketCommand } from '#platform/exec.ts'
import { createDockerImages } from './images.ts'
import { readTar } from './tar.ts'

const ID = `sha256:${'a'.repeat(64)}`
const [ONE, TWO] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`]
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-load-'))
  for (const name of ['config', 'one', 'two']) await writeFile(join(folder, name), `this is ${name}`)
})
afterAll(() => rm(folder, { recursive: true }))

/** An engine that has these names, and remembers what it was asked. */
const engine = (names: Readonly<Record<string, string>>) => {
  const asked: SocketCommand[] = []
  const exec: Exec = {
    run: async (command) => {
      if (!('socket' in command)) throw new Error('a process')
      asked.push(command)
      const Id = names[/^\/images\/(.+)\/json$/.exec(command.path)?.[1] ?? '']
      if (command.method === 'GET' && Id === undefined) return { code: 404, stdout: '{}', stderr: '' }
      return { code: 200, stdout: JSON.stringify({ Id, Size: 7, RootFS: { Layers: [ONE, TWO] } }), stderr: '' }
    },
  }
  const bytes: Bytes = () => {
    throw new Error('not read')
  }
  return { asked, images: createDockerImages({ socket: '/s', exec, bytes }) }
}

const loaded = async (asked: readonly SocketCommand[]): Promise<readonly string[]> => {
  const pieces = asked.find(({ path }) => path.startsWith('/images/load'))?.pieces ?? []
  const all = pieces.map(async (piece) => ('path' in piece ? readFile(piece.path) : Buffer.from(piece)))
  const tar = Buffer.concat(await Promise.all(all))
  const texts: string[] = []
  for await (const { bytes } of readTar(
    (async function* () {
      yield tar
    })(),
  )) {
    const parts: Uint8Array[] = []
    for await (const chunk of bytes) parts.push(chunk)
    texts.push(Buffer.concat(parts).toString('utf8'))
  }
  return texts
}

const load = async (name: string, names: Readonly<Record<string, string>>) => {
  const { asked, images } = engine(names)
  const layerFiles = [
    { digest: ONE, path: join(folder, 'one') },
    { digest: TWO, path: join(folder, 'two') },
    { digest: ONE, path: join(folder, 'one') },
  ]
  await images.load({ id: ID, name, configFile: join(folder, 'config'), layerFiles })
  const texts = await loaded(asked)
  return { files: texts.slice(0, -1), manifest: JSON.parse(texts.at(-1) ?? '') as unknown }
}

test('parts are those of this very image', async () => {
  const { images } = engine({ [ID]: ID, short: ID })
  expect(await images.parts(ID)).toEqual({ layers: [ONE, TWO], sizeBytes: 7 })
  expect(await images.parts('short')).toBeUndefined()
  expect(await images.parts('gone')).toBeUndefined()
})

test('an archive has each file once, its manifest all layers in order', async () => {
  const { files, manifest } = await load('frr', {})
  expect(files).toEqual(['this is one', 'this is two', 'this is config'])
  const layer = (digit: string): string => `${digit.repeat(64)}.tar`
  expect(manifest).toEqual([
    { Config: `${'a'.repeat(64)}.json`, RepoTags: ['frr:latest'], Layers: [layer('1'), layer('2'), layer('1')] },
  ])
})

test('a name that something has here already, or that no one can give, is not given', async () => {
  expect((await load('frr:9', { 'frr:9': ONE })).manifest).toMatchObject([{ RepoTags: null }])
  expect((await load(`frr:9@${ONE}`, {})).manifest).toMatchObject([{ RepoTags: null }])
})
