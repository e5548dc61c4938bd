import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

it('writes a bundle that its owner alone can read', async () => {
  const { code, out, err } = await world.run(['support-bundle', '--out', 'here.tgz', '--json'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const file = join(world.folder, 'here.tgz')
  const archive = await readFile(file)
  expect(JSON.parse(out)).toEqual({ file, bytes: archive.length })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(gunzipSync(archive).toString()).toContain('Support bundle of host a')
})

it('names the file after the host and the time', async () => {
  const { out } = await world.run(['support-bundle'])
  expect(out).toContain(join(world.folder, 'skein-support-a-20261120T000000Z.tgz'))
})

it('never writes over a file', async () => {
  const file = join(world.folder, 'mine.tgz')
  await writeFile(file, 'mine')
  const { code, err } = await world.run(['support-bundle', '--out', 'mine.tgz'])
  expect(code).toBe(2)
  expect(err).toMatch(/cannot make .*mine\.tgz[\s\S]*hint: Name another file with --out/)
  expect(await readFile(file, 'utf8')).toBe('mine')
})

it('leaves no file where there is no bundle', async () => {
  world.agent.fail('self', new Error('no'))
  const { code } = await world.run(['support-bundle', '--out', 'none.tgz'])
  expect(code).toBe(1)
  await expect(stat(join(world.folder, 'none.tgz'))).rejects.toThrow('ENOENT')
})
