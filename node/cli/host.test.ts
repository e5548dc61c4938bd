import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HostDetail } from '#agent/port.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'

const on = (more: Partial<HostDetail> = {}): HostDetail => ({
  name: 'a',
  id: '12D3KooWA',
  state: 'alive',
  role: 'core',
  drained: true,
  leads: false,
  votes: false,
  nodes: [],
  ...more,
})
const moving = { lab: 'one', node: 'r1', reason: null }
const pinned = { lab: 'one', node: 'r2', reason: 'stays on a: pinned to it' }

describe('skein host', () => {
  let world: CliWorld
  /** What each look at the host finds, the last one for ever. */
  const finds = (...details: readonly HostDetail[]): void => {
    let at = 0
    world.agent.hostDetail = () => details[Math.min(at++, details.length - 1)] ?? on()
  }
  beforeEach(async () => {
    world = await createCliWorld()
  })
  afterEach(() => world[Symbol.asyncDispose]())

  it('drains a host, tells what is left, and ends when it is empty', async () => {
    finds(on(), on({ leads: true, votes: true, nodes: [moving] }), on({ votes: true }), on())
    const { code, out, err } = await world.run(['host', 'drain', 'a'])
    expect({ code, out }).toEqual({ code: 0, out: 'host a is drained and empty\n' })
    expect(err).toBe('a: 3 things are left: moving r1 of one; leadership; its vote\na: 1 thing is left: its vote\n')
    expect(world.agent.drains).toEqual([{ name: 'a', drained: true }])
  })

  it('says what stays and why, once the rest has gone', async () => {
    finds(on({ nodes: [moving, pinned] }), on({ nodes: [moving, pinned] }), on({ nodes: [pinned] }))
    const { code, err } = await world.run(['host', 'drain', 'a'])
    expect(code).toBe(1)
    expect(err).toContain('  node r2 of lab one: stays on a: pinned to it\n')
    expect(err).toContain('error: a is drained, but not empty: 1 thing stays\n')
  })

  it('says that the vote stays where no other host may have it', async () => {
    finds(on({ leads: true, votes: true, voteReason: 'no other core host may vote: all are drained' }))
    const { code, err } = await world.run(['host', 'drain', 'a', '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(err)).toMatchObject({
      error: 'HOST_IN_USE',
      details: { reasons: ['a still leads', 'a still has a vote: no other core host may vote: all are drained'] },
    })
  })

  it('waits no longer than it is told, or not at all', async () => {
    finds(on({ nodes: [moving] }))
    const late = await world.run(['host', 'drain', 'a', '--timeout', '3s'])
    expect(late).toMatchObject({ code: 1, err: expect.stringContaining('a is not empty after 3s') })
    expect(late.err).toContain('node r1 of lab one: is moving')
    expect(await world.run(['host', 'drain', 'a', '--no-wait'])).toEqual({
      code: 0,
      out: 'host a is being drained\n',
      err: '',
    })
  })

  it('ends at Ctrl-C with how to go on', async () => {
    finds(on({ nodes: [moving] }))
    const { code, err } = await world.run(['host', 'drain', 'a'], { onWait: (_, interrupt) => interrupt() })
    expect({ code, err: err.split('\n').slice(1) }).toEqual({
      code: 130,
      err: ['error: interrupted', 'hint: It goes on. Look with `skein host ls`, undo with `skein host undrain a`.', ''],
    })
  })

  it('outlives an agent that is away for a moment', async () => {
    finds(on({ nodes: [moving] }), on({ nodes: [moving] }), on())
    const { code } = await world.run(['host', 'drain', 'a'], {
      onWait: async (atMs) => (atMs === 500 ? world.stopApi() : atMs === 2_000 ? world.startApi() : undefined),
    })
    expect(code).toBe(0)
  })

  it('uses a host again, and removes one', async () => {
    expect(await world.run(['host', 'undrain', 'b'])).toMatchObject({ code: 0, out: 'host b is in use again\n' })
    expect(world.agent.drains).toEqual([{ name: 'b', drained: false }])
    const removed = await world.run(['host', 'remove', 'b', '--json'])
    expect(JSON.parse(removed.out)).toEqual({ name: 'b', id: '12D3KooWB' })
    expect((await world.run(['host', 'remove', 'b'])).out).toContain('join with a new token')
  })

  it('removes a host with lab nodes only by force', async () => {
    finds(on({ nodes: [moving] }))
    const { code, err } = await world.run(['host', 'remove', 'a'])
    expect(code).toBe(1)
    expect(err).toMatch(/lab nodes are on a: r1 of one\nhint: .*--force/)
    expect(world.agent.removed).toEqual([])
    expect(await world.run(['host', 'remove', 'a', '--force'])).toMatchObject({ code: 0 })
    expect(world.agent.removed).toEqual(['a'])
  })

  it.each([
    [['host', 'drain', 'A b'], 2, /not a host name/],
    [['host', 'drain', 'zz'], 1, /no host of this mesh is called zz/],
    [['host', 'remove'], 2, /missing required argument/],
    [['host', 'drain', 'a', '--timeout', 'soon'], 2, /number and a unit/],
  ])('%j fails with words', async (args, code, words) => {
    const said = await world.run(args)
    expect(said.code).toBe(code)
    expect(said.err).toMatch(words)
  })

  it('shows one host: what it has, what of it is promised, and its nodes', async () => {
    const amounts = { total: 4, limit: 16, promised: 0.5, free: 3.234 }
    const memoryMiB = { total: 8_192, limit: 8_192, promised: 4_096, free: 6_000 }
    finds(on({ leads: true, nodes: [pinned], capacity: { cpus: amounts, memoryMiB } }), on({ drained: false }))
    expect((await world.run(['host', 'show', 'a'])).out.split('\n')).toEqual([
      'host    a',
      'state   alive',
      'role    core, drained, leads',
      'cpus    4, 3.23 free; 0.5 of 16 promised to lab nodes',
      'memory  8192 MiB, 6000 free; 4096 of 8192 promised to lab nodes',
      '',
      'LAB  NODE  STAYS BECAUSE',
      'one  r2    stays on a: pinned to it',
      '',
    ])
    expect((await world.run(['host', 'show', 'a'])).out).toBe(
      'host    a\nstate   alive\nrole    core\n\nno lab nodes\n',
    )
  })

  it('lists what hosts have promised', async () => {
    const [host] = world.agent.hosts()
    const cpus = { total: 4, limit: 16, promised: 0.5, free: 3 }
    const memoryMiB = { total: null, limit: null, promised: 64, free: 6_000 }
    world.agent.hosts = () => (host === undefined ? [] : [host, { ...host, name: 'b', capacity: { cpus, memoryMiB } }])
    const { out } = await world.run(['host', 'ls'])
    expect(out).toMatch(/CPUS PROMISED +MEMORY PROMISED +MEMORY FREE/)
    expect(out).toMatch(/\nb .* 0\.5\/16 +64 MiB +6000 MiB/)
  })

  it('shows drained hosts', async () => {
    const [host] = world.agent.hosts()
    world.agent.hosts = () => (host === undefined ? [] : [{ ...host, drained: true }])
    expect((await world.run(['host', 'ls'])).out).toMatch(/\na +alive, drained +core/)
  })
})
