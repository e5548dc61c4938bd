import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { InterfaceView } from '#core/view/interfaces.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'
import type { InterfaceShape } from './lab-shapes.ts'

const TOPOLOGY = `name: one
topology:
  nodes: {r1: {kind: linux, image: x}, r2: {kind: linux, image: x}}
  links: [{endpoints: ["r1:eth1", "r2:eth1"]}]
`

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

it('`lab interfaces` lists every end, for people and for programs', async () => {
  const shape = (view: InterfaceView): InterfaceShape => view
  expect(shape).toHaveLength(1)
  await writeFile(join(world.folder, 'one.clab.yml'), TOPOLOGY)
  await world.run(['lab', 'up', 'one.clab.yml', '--detach'])
  const { code, out } = await world.run(['lab', 'interfaces', 'one'])
  expect(code).toBe(0)
  const [head = '', ...rows] = out.trim().split('\n')
  expect(head).toMatch(/^NODE +KIND +INTERFACE +VENDOR NAME +MAC +HOST +BRIDGE +PORT +VLAN +LINK +STATE$/)
  expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual(['r1', 'r2'])
  const json = JSON.parse((await world.run(['lab', 'interfaces', 'one', '--json'])).out)
  expect(json).toMatchObject([
    { node: 'r1', interface: 'eth1', link: 'r1:eth1--r2:eth1' },
    { node: 'r2', interface: 'eth1', port: null },
  ])
  expect((await world.run(['lab', 'interfaces', 'two'])).code).toBe(1)
})
