import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'

const TWO = `name: two
topology:
  nodes:
    a: { kind: linux, image: alpine }
    b: { kind: linux, image: alpine }
`
let world: CliWorld
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-save-'))
  world = await createCliWorld()
  await world.run(['lab', 'up', '-', '--detach'], { stdin: TWO })
  world.agent.bringUp('two')
})
afterEach(async () => {
  await world[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe('lab save', () => {
  it('says what was saved of which node', async () => {
    expect(await world.run(['lab', 'save', 'two'])).toMatchObject({
      code: 0,
      out: 'a on a: saved, 11 bytes\nb on a: saved, 11 bytes\nsave 1\n',
    })
    const { out } = await world.run(['lab', 'save', 'two', 'b', '--json'])
    expect(JSON.parse(out)).toMatchObject({ lab: 'two', save: 1, nodes: [{ node: 'b', ok: true }] })
  })

  it('writes files that only their owner reads', async () => {
    const { code, out } = await world.run(['lab', 'save', 'two', '--out', join(folder, 'new')])
    expect(code).toBe(0)
    expect(out).toContain(`wrote ${folder}/new/a.cfg\n`)
    expect(await readFile(join(folder, 'new/b.cfg'), 'utf8')).toBe('hostname b\n')
    expect((await stat(join(folder, 'new/a.cfg'))).mode & 0o777).toBe(0o600)
  })

  it('exits 1 where a node fails, and says why', async () => {
    world.agent.saveFaults.set('b', 'not ready')
    expect(await world.run(['lab', 'save', 'two'])).toMatchObject({
      code: 1,
      out: expect.stringContaining('b on a: failed: not ready\n'),
    })
  })

  it('refuses what cannot be a node', async () => {
    expect(await world.run(['lab', 'save', 'two', '../x'])).toMatchObject({ code: 2 })
  })
})

describe('lab saved', () => {
  it('lists, prints and forgets', async () => {
    expect((await world.run(['lab', 'saved', 'two'])).code).toBe(0)
    await world.run(['lab', 'save', 'two'])
    expect((await world.run(['lab', 'saved', 'two'])).out).toMatch(/save .*node .*bytes[\s\S]*1 .* a .* linux +11/i)
    expect(await world.run(['lab', 'saved', 'two', 'a'])).toMatchObject({ code: 0, out: 'hostname a\n' })
    expect(await world.run(['lab', 'saved', 'two', 'a', '--forget'])).toMatchObject({
      code: 0,
      out: 'what was saved of a of lab two is forgotten\n',
    })
    expect((await world.run(['lab', 'saved', 'two', 'a'])).code).toBe(1)
    expect((await world.run(['lab', 'saved', 'two', 'b'])).code).toBe(0)
    expect((await world.run(['lab', 'saved', 'two', '--forget', '--json'])).out).toContain('"forgotten": null')
  })
})
