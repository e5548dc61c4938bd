import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'
import type { CliTerminal } from './io.ts'

/** Whatever else the machine does meanwhile. */
vi.setConfig({ testTimeout: 60_000 })
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000 })

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

/** Somebody at a terminal. */
const person = () => {
  const keys: Uint8Array[] = []
  const modes: string[] = []
  let [wake, resized] = [() => {}, () => {}]
  let size = { cols: 100, rows: 30 }
  const terminal: CliTerminal = {
    isTty: true,
    size: () => size,
    onResize: (callback) => {
      resized = callback
      return () => modes.push('no more sizes')
    },
    raw: () => {
      modes.push('raw')
      return () => modes.push('as before')
    },
    async *input(signal) {
      signal.addEventListener('abort', () => wake())
      while (!signal.aborted) {
        const next = keys.shift()
        if (next !== undefined) yield next
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    },
  }
  return {
    terminal,
    modes,
    type: (text: string) => {
      keys.push(Buffer.from(text))
      wake()
    },
    resize: (to: typeof size) => {
      size = to
      resized()
    },
  }
}
const opened = (count = 1) => soon(() => expect(world.agent.consoles.asks).toHaveLength(count))
const RUN = ['lab', 'console', 'one', 'r1'] as const

describe('lab console', () => {
  it('is a terminal: keys, sizes, the exit code, and the own terminal as it was', async () => {
    const someone = person()
    const running = world.run(RUN, { terminal: someone.terminal })
    await opened()
    someone.type('größe')
    someone.resize({ cols: 90, rows: 20 })
    await soon(() => expect(world.agent.consoles.heard).toContainEqual({ type: 'resize', cols: 90, rows: 20 }))
    expect(someone.modes).toEqual(['raw'])
    someone.type('exit 7')
    expect(await running).toMatchObject({ code: 7, out: 'größe', err: '' })
    expect(world.agent.consoles.asks).toMatchObject([{ lab: 'one', node: 'r1', cols: 100, rows: 30 }])
    expect(someone.modes.slice(1).sort()).toEqual(['as before', 'no more sizes'])
  })

  it('is left by Ctrl+], and says how to come back', async () => {
    const someone = person()
    const running = world.run(RUN, { terminal: someone.terminal })
    await opened()
    someone.type('last\x1dnot sent')
    const { code, err } = await running
    expect([code, err]).toEqual([0, expect.stringContaining('--session s1')])
    await soon(() => expect(world.agent.consoles.open).toBe(0))
    expect(someone.modes).toContain('as before')
    const typed = world.agent.consoles.heard.flatMap((one) => (one.type === 'data' ? [String(one.bytes)] : []))
    expect(Buffer.from(typed.join(',').split(',').map(Number)).toString()).not.toContain('not sent')
  })

  it('goes on where it was cut off', async () => {
    const someone = person()
    world.agent.consoles.prints = [Buffer.from('12345')]
    const running = world.run(RUN, { terminal: someone.terminal, onWait: () => opened(1) })
    await opened()
    await soon(() => expect(world.agent.consoles.heard).toBeDefined())
    someone.type('x')
    await soon(() => expect(world.agent.consoles.heard.length).toBeGreaterThan(0))
    world.agent.consoles.prints = []
    await world.stopApi()
    await world.startApi()
    await opened(2)
    // It tells its size once it can tell keys: those hit before are nobody's.
    const sizes = () => world.agent.consoles.heard.filter(({ type }) => type === 'resize')
    await soon(() => expect(sizes()).toHaveLength(2))
    someone.type('exit 3')
    const { code, err } = await running
    expect([code, err]).toEqual([3, expect.stringContaining('connection is lost')])
    const [, again] = world.agent.consoles.asks
    // What was typed last may have come back before the cut, or not.
    expect([again?.session, again?.after === 5 || again?.after === 6]).toEqual(['s1', true])
  })

  it('takes what comes through a pipe, no faster than the node does, and its end', async () => {
    const { code, out } = await world.run(RUN, { stdin: 'exit 5\n' })
    expect([code, out]).toEqual([5, ''])
    expect(world.agent.consoles.asks).toMatchObject([{ counts: true, cols: 80, rows: 24 }])
    const running = world.run(RUN, { stdin: '' })
    await soon(() => expect(world.agent.consoles.heard).toContainEqual({ type: 'data', bytes: Buffer.from([4]) }))
    await world.stopApi()
    expect(await running).toMatchObject({ code: 3, err: expect.stringContaining('connection to the terminal is lost') })
  })

  it('looks only, at a session', async () => {
    const someone = person()
    const running = world.run([...RUN, '--session', 'abc', '--view'], { terminal: someone.terminal })
    await opened()
    expect(world.agent.consoles.asks).toMatchObject([{ session: 'abc', view: true }])
    someone.type('\x1d')
    expect((await running).code).toBe(0)
  })

  it('says what went wrong', async () => {
    world.agent.fail('console', new MeshError('NOT_FOUND', 'lab one has no node r1'))
    const { code, err } = await world.run(RUN, { terminal: person().terminal })
    expect([code, err]).toEqual([1, expect.stringContaining('lab one has no node r1')])
    await world.stopApi()
    expect(await world.run(RUN, { terminal: person().terminal })).toMatchObject({
      code: 3,
      err: expect.stringContaining('no agent is running here'),
    })
    expect((await world.run([...RUN, '--session', 'a b'])).code).toBe(2)
  })
})
