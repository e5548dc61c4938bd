import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'

const TWO = `name: two
topology:
  nodes:
    a: { kind: linux, image: alpine }
    b: { kind: linux, image: alpine }
`
let world: CliWorld

beforeEach(async () => {
  world = await createCliWorld()
  await world.run(['lab', 'up', '-', '--detach'], { stdin: TWO })
  world.agent.bringUp('two')
})
afterEach(() => world[Symbol.asyncDispose]())

describe('snapshots', () => {
  it.each([
    ['snapshot', 'take', 'kept'],
    ['restore', 'restore', 'put back'],
    ['snapshot-delete', 'remove', 'removed'],
  ])('%s asks for all nodes, or for those named', async (command, verb, done) => {
    const all = await world.run(['lab', command, 'two', '--name', 's1'])
    expect(all).toMatchObject({
      code: 0,
      out: expect.stringMatching(new RegExp(`^a on .*: s1 ${done}\nb on .*: s1 ${done}\n$`)),
    })
    const { code, out } = await world.run(['lab', command, 'two', 'b', '--name', 's1', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ lab: 'two', name: 's1', nodes: [{ node: 'b', ok: true }] })
    expect(world.agent.snapshotAsks).toEqual([
      [verb, 'two', { name: 's1' }],
      [verb, 'two', { name: 's1', nodes: ['b'] }],
    ])
  })

  it('exits 1 where it fails for a node, and says why', async () => {
    world.agent.snapshotFaults.set('b', 'no space left on device')
    expect(await world.run(['lab', 'snapshot', 'two', '--name', 's1'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^a on .*: s1 kept\nb on .*: failed: no space left on device\n$/),
    })
  })

  it('lists what is kept', async () => {
    world.agent.snapshotRows = [
      { name: 's1', node: 'a', host: 'h1', createdMs: Date.UTC(2026, 10, 19, 23, 59), sizeBytes: 3_000_000 },
      { name: 's1', node: 'b', host: 'h2', createdMs: 0, sizeBytes: null },
    ]
    const { out } = await world.run(['lab', 'snapshots', 'two'])
    expect(out.split('\n').map((line) => line.split(/\s+/))).toEqual([
      ['NAME', 'NODE', 'HOST', 'AGE', 'MIB'],
      ['s1', 'a', 'h1', expect.stringMatching(/^(1m|60s)/), '3'],
      ['s1', 'b', 'h2', '-', '-'],
      [''],
    ])
    expect(JSON.parse((await world.run(['lab', 'snapshots', 'two', '--json'])).out)).toEqual(world.agent.snapshotRows)
  })

  it.each([
    [['lab', 'snapshot', 'two'], '--name'],
    [['lab', 'snapshot', 'two', '--name', 'a/b'], 'name of a snapshot'],
    [['lab', 'restore', 'two', '../x', '--name', 's1'], 'node name'],
  ])('%j is bad usage', async (args, said) => {
    expect(await world.run(args)).toMatchObject({ code: 2, err: expect.stringContaining(said) })
  })

  it('of an unknown lab fails', async () => {
    expect(await world.run(['lab', 'snapshots', 'none'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('none'),
    })
  })
})
