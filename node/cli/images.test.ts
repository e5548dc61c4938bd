import { afterEach, beforeEach, expect, it } from 'vitest'
import type { LabImage } from '#agent/port.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'

const ID = `sha256:${'ab'.repeat(32)}`
const IMAGES: readonly LabImage[] = [
  { lab: 'one', image: 'frr:9', id: ID, hosts: ['a', 'b'], others: ['c'] },
  { lab: 'two', image: 'alpine', id: null, hosts: [], others: [] },
]

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
  Object.assign(world.agent, { images: async () => IMAGES })
})
afterEach(() => world[Symbol.asyncDispose]())

it('images are listed with the hosts that have them, of one lab where asked', async () => {
  const all = await world.run(['image', 'ls'])
  expect(all).toMatchObject({ code: 0, err: '' })
  expect(all.out).toMatch(/^LAB +IMAGE +ID +ON +ANOTHER ONE ON\none +frr:9 +abababababab +a b +c\n/)
  const { out } = await world.run(['image', 'ls', '--lab', 'two', '--json'])
  expect(JSON.parse(out)).toEqual([IMAGES[1]])
})
