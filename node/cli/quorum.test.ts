import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { QuorumView, RecoveredView } from '#agent/port.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'
import type { Quorum, Recovered } from './shapes.ts'

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

it('has the shapes of the agent', () => {
  const same = (views: [QuorumView, RecoveredView]) => {
    const shapes: [Quorum, Recovered] = views
    return shapes
  }
  expect(same).toBeTypeOf('function')
})

describe('quorum status', () => {
  it('says who votes, how far each log goes, what works, what waits and what to do', async () => {
    const { code, out, err } = await world.run(['quorum', 'status'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(
      /^epoch {3}1\nleader {2}- \(term 3, for 2m\)\nquorum {2}1 of 3 voters there, 2 needed: no majority, missing b, c\n/,
    )
    expect(out).toMatch(/\na +voter +alive +0s +epoch 1 term 3 entry 41 +40\n/)
    expect(out).toMatch(/\nc +voter +down +- +- +-\n/)
    expect(out).toMatch(/\nworks {3}labs that run go on\nwaits {3}new labs\n {8}joins\nnext {4}start b, c\n$/)
    expect(JSON.parse((await world.run(['quorum', 'status', '--json'])).out)).toEqual(world.agent.quorumView)
  })
})

describe('quorum recover', () => {
  it('warns plainly, and goes on when the name of the host is typed', async () => {
    const { code, out, err } = await world.run(['quorum', 'recover'], { answer: 'a\n' })
    expect(code, err).toBe(0)
    for (const words of [
      'only voter',
      'missing: b, c',
      'is lost',
      'keep their numbers',
      'epoch 1',
      'one host only',
      'Type the name of this host (a)',
    ])
      expect(err).toContain(words)
    expect(out).toMatch(/epoch 2 has begun on a; epoch 1 is over\n3 entries[\s\S]*log-copies\/1\.json/)
    expect(world.agent.recoveries).toEqual([{ confirm: 'a', force: false }])
  })

  it.each(['yes', '', 'A'])('does nothing where %j is typed', async (answer) => {
    const { code, out, err } = await world.run(['quorum', 'recover'], { answer })
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('nothing was done')
    expect(world.agent.recoveries).toEqual([])
  })

  it('must be confirmed: by --confirm where nobody can be asked', async () => {
    const unasked = await world.run(['quorum', 'recover'])
    expect(unasked).toMatchObject({ code: 2, out: '' })
    expect(unasked.err).toContain('--confirm a')
    expect(world.agent.recoveries).toEqual([])
    const { code, out } = await world.run(['quorum', 'recover', '--confirm', 'a', '--force', '--json'])
    expect([code, JSON.parse(out)]).toMatchObject([0, { epoch: 2, host: 'a' }])
    expect(world.agent.recoveries).toEqual([{ confirm: 'a', force: true }])
  })

  it('is refused before anybody is asked; what force may pass over only with it', async () => {
    const stands = { code: 'QUORUM_STANDS', message: 'b leads', force: false }
    const behind = { code: 'LOG_BEHIND', message: 'the log of b goes further', force: true }
    for (const recovery of [stands, behind]) {
      world.agent.quorumView = { ...world.agent.quorumView, recovery }
      const { code, err } = await world.run(['quorum', 'recover'], { answer: 'a' })
      expect([code, err]).toEqual([1, expect.stringMatching(new RegExp(`^error: ${recovery.message}\nhint: `))])
    }
    expect((await world.run(['quorum', 'recover', '--force'], { answer: 'a' })).code).toBe(0)
    world.agent.quorumView = { ...world.agent.quorumView, recovery: stands }
    expect((await world.run(['quorum', 'recover', '--force'], { answer: 'a' })).code).toBe(1)
    expect(world.agent.recoveries).toHaveLength(1)
  })
})
