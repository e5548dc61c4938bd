import { afterEach, beforeEach, expect, it } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
  const stdin = 'name: two\ntopology:\n  nodes:\n    a: { kind: linux, image: alpine }\n'
  await world.run(['lab', 'up', '-', '--detach'], { stdin })
  world.agent.bringUp('two')
})
afterEach(() => world[Symbol.asyncDispose]())

it('says where the node was restarted', async () => {
  expect(await world.run(['lab', 'restart', 'two', 'a'])).toMatchObject({ code: 0, out: 'a was restarted on a\n' })
  const { out } = await world.run(['lab', 'restart', 'two', 'a', '--json'])
  expect(JSON.parse(out)).toEqual({ lab: 'two', node: 'a', host: 'a' })
  expect(world.agent.restarts).toHaveLength(2)
})

it('tells what went wrong', async () => {
  expect(await world.run(['lab', 'restart', 'two', 'z'])).toMatchObject({ code: 1 })
  world.agent.fail('restartNode', new MeshError('BUSY', 'node a of lab two is worked on already'))
  const { code, err } = await world.run(['lab', 'restart', 'two', 'a'])
  expect([code, err]).toEqual([1, expect.stringContaining('worked on already')])
})
