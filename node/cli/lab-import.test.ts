import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
  await mkdir(join(world.folder, 'conf'))
  await writeFile(join(world.folder, 'conf/a'), 'a')
})
afterEach(() => world[Symbol.asyncDispose]())

const put = (text: string) => writeFile(join(world.folder, 'a.clab.yml'), text)
const LAB = `name: a
topology:
  nodes:
    r1: {kind: linux, image: x, binds: ["conf:/conf"], position: left}
`

test('lists what will differ, with lines', async () => {
  await put(LAB)
  const { code, out, err } = await world.run(['lab', 'import', '.'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^LINES +WHAT +EFFECT +HERE\n/)
  expect(out).toMatch(/\n4 +binds of a node +another +files and folders travel/)
  expect(out).toMatch(/\n4 +position of a node +none +for graphs/)
  expect(out).toMatch(/\n- +privileged containers +another/)
  expect(out).toMatch(/a\.clab\.yml: ready for `skein lab up`, with these differences\n$/)
  const json = JSON.parse((await world.run(['lab', 'import', '.', '--json'])).out)
  expect(json).toMatchObject({
    valid: true,
    differences: [{ lines: [4], what: 'binds of a node', supported: true }, {}, {}, {}],
  })
})

test('says what has to be corrected first', async () => {
  await put(LAB.replace('position', 'positoin'))
  const { code, out } = await world.run(['lab', 'import', '.'])
  expect(code).toBe(2)
  expect(out).toMatch(/a\.clab\.yml:4:\d+: error: unknown key `positoin` .*Did you mean `position`/)
  expect(out).toMatch(/it cannot be used yet: 1 to correct\n$/)
})
