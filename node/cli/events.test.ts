import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventsPage as AgentPage, EventView } from '#agent/port.ts'
import { encodeCursor } from '#core/feed/cursor.ts'
import type { HostId } from '#core/model/ids.ts'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'
import type { EventsPage } from './shapes.ts'

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const START_MS = Date.UTC(2026, 10, 20)
const event = (hostName: string, seq: number, more: Partial<EventView> = {}): EventView => ({
  host: `12D3KooW${hostName.toUpperCase().repeat(44)}` as HostId,
  hostName,
  boot: 1,
  seq,
  atMs: START_MS + seq * 1_000,
  level: 'info',
  code: 'LINK_UP',
  lab: 'one',
  about: 'x--y',
  message: `x--y is right again`,
  ...more,
})
const down = (hostName: string, seq: number, atMs = START_MS): EventView =>
  event(hostName, seq, { code: 'HOST_DOWN', level: 'error', about: 'c', message: 'c is called down', atMs })

it('has the shapes of the agent', () => {
  const same = (page: AgentPage): EventsPage => page
  expect(same).toBeTypeOf('function')
})

describe('events', () => {
  it('shows a table, where hosts that tell the same share a line', async () => {
    for (const one of [down('a', 1), down('b', 1, START_MS + 9_000), event('a', 2), down('b', 2, START_MS + 30_000)])
      world.agent.happen(one)
    const { code, out } = await world.run(['events'])
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      'TIME HOST LEVEL EVENT LAB MESSAGE',
      '2026-11-20T00:00:00.000Z a,b error HOST_DOWN one c is called down',
      '2026-11-20T00:00:02.000Z a info LINK_UP one x--y is right again',
      '2026-11-20T00:00:30.000Z b error HOST_DOWN one c is called down',
      '',
    ])
  })

  it('takes no two exercises, and no two deeds, for one', async () => {
    const of = (hostName: string, code: string, message: string, about?: string): EventView => {
      const { about: _, ...one } = event(hostName, 1, { code, message })
      return { ...one, ...(about === undefined ? {} : { about }) }
    }
    world.agent.happen(of('a', 'EXERCISE_ENDED', 'exercise 1 (a → b): 1 succeeded'))
    world.agent.happen(of('b', 'EXERCISE_ENDED', 'exercise 3 (b → a): 1 succeeded'))
    world.agent.happen(of('a', 'AUDIT', 'eve: DELETE /v1/labs/one → 204', 'eve'))
    world.agent.happen(of('b', 'AUDIT', 'eve: DELETE /v1/labs/two → 204', 'eve'))
    const { out } = await world.run(['events'])
    for (const text of ['exercise 1 ', 'exercise 3 ', 'labs/one', 'labs/two']) expect(out).toContain(text)
  })

  it('prints one JSON object a line, and folds nothing', async () => {
    const all = [down('a', 1), down('b', 1)]
    for (const one of all) world.agent.happen(one)
    const { out } = await world.run(['events', '--json'])
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(all)
  })

  it('asks for what is wanted only', async () => {
    for (const one of [event('a', 1), event('b', 1), event('b', 2, { lab: 'two' })]) world.agent.happen(one)
    const seqs = async (...args: readonly string[]) =>
      (await world.run(['events', '--json', ...args])).out
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).seq)
    expect(await seqs('--host', 'b')).toEqual([1, 2])
    expect(await seqs('--lab', 'two')).toEqual([2])
    expect(await seqs('--limit', '1')).toEqual([2])
    expect((await world.run(['events', '--since', 'soon'])).code).toBe(2)
    expect((await world.run(['events', '--lab', '../x'])).code).toBe(2)
  })

  it('writes no terminal escapes of others', async () => {
    world.agent.happen(event('a', 1, { message: 'red \u001b[31m' }))
    expect((await world.run(['events'])).out).not.toContain('\u001b')
  })
})

describe('events --follow', () => {
  /** Follows; `steps` are taken one after the other, each once the one before shows in the output, and then it is interrupted. */
  const follow = (args: readonly string[], steps: readonly (() => void | Promise<void>)[]) => {
    let step = 0
    return world.run(['events', '--follow', ...args], {
      onWait: async (_atMs, interrupt) => {
        const next = steps[step]
        step += 1
        if (next === undefined) interrupt()
        else await next()
      },
    })
  }

  it('goes on where it was when the agent comes back, twice nothing and nothing left out', async () => {
    world.agent.happen(event('a', 1))
    let isBack = false
    const running = follow(
      ['--json'],
      [
        async () => {
          world.agent.happen(event('a', 3))
          await world.startApi()
          isBack = true
        },
      ],
    )
    await expect.poll(() => world.agent.following).toBe(1)
    world.agent.happen(event('a', 2))
    await world.stopApi()
    await expect.poll(() => isBack && world.agent.following).toBe(1)
    world.agent.happen(event('b', 1))
    await world.stopApi()
    const { code, out, err } = await running
    const places = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ hostName, seq }) => `${hostName}${seq}`)
    expect(places).toEqual(['a1', 'a2', 'a3', 'b1'])
    expect(err).toContain('the agent does not answer; asking again until it does\n')
    expect(err).toContain('the agent answers again; nothing was left out\n')
    expect(code).toBe(130)
  })

  it('shows nothing twice, whatever an agent sends', async () => {
    const lines = [{ event: event('a', 1) }, { cursor: encodeCursor(new Map([[event('a', 1).host, [1, 1]]])) }]
    const again = [1, 2, 2, 1].map((seq) => ({ event: event('a', seq) }))
    const server = createServer((_request, response) => {
      response.end([...lines, ...again, 'no line of ours'].map((line) => `${JSON.stringify(line)}\n`).join(''))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { out } = await follow(['--json', '--api', `http://127.0.0.1:${port}`], [])
    server.close()
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).seq),
    ).toEqual([1, 2])
  })

  it('fails where there is no agent at first, or it refuses', async () => {
    world.agent.fail('followEvents', new Error('no'))
    expect((await world.run(['events', '--follow'])).code).toBe(1)
    await world.stopApi()
    expect((await world.run(['events', '--follow'])).code).toBe(3)
  })
})
