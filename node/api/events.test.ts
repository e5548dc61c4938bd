import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventView } from '#agent/port.ts'
import { decodeCursor } from '#core/feed/cursor.ts'
import type { HostId } from '#core/model/ids.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { type Api, createApi } from './index.ts'

const A = `12D3KooW${'A'.repeat(44)}` as HostId
const event = (seq: number, message = 'fine'): EventView => ({
  ...{ host: A, hostName: 'a', boot: 1, seq, atMs: 0, level: 'info', code: 'LINK_UP', lab: 'one' },
  message,
})

let folder: string
let agent: FakeAgent
let api: Api
let socketPath: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-events-'))
  socketPath = join(folder, 'skein.sock')
  agent = createFakeAgent()
  api = createApi({ agent, socketPath, version: '0.1.0' })
  await api.start()
})
afterEach(async () => {
  await api.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Lines of a stream, as they come. */
const follow = async (path: string) => {
  const asked = request({ socketPath, path, agent: false })
  asked.end()
  const [answer] = await once(asked, 'response')
  const lines: Line[] = []
  const reader = createInterface({ input: answer }).on('line', (line) => lines.push(JSON.parse(line)))
  for (const end of [answer, reader, asked]) end.on('error', () => {})
  return { answer, lines, end: () => asked.destroy() }
}

type Line = { event?: EventView; cursor?: string }
const seqsOf = (lines: readonly Line[]) => lines.flatMap(({ event }) => event?.seq ?? [])
const cursorsOf = (lines: readonly Line[]) => lines.flatMap(({ cursor }) => cursor ?? [])
/** Cursors that say an event was written that was not. */
const promised = (lines: readonly Line[]) => {
  let last = 0
  return lines.filter(({ event, cursor }) => {
    last = event?.seq ?? last
    return cursor !== undefined && (decodeCursor(cursor)?.get(A)?.[1] ?? 0) > last
  })
}

describe('events', () => {
  it('are listed, by what is asked for', async () => {
    agent.happen(event(1))
    agent.happen(event(2))
    const list = async (query: string) => (await api.app.inject({ method: 'GET', url: `/v1/events${query}` })).json()
    expect((await list('')).events).toEqual([event(1), event(2)])
    expect((await list('?limit=1')).events).toEqual([event(2)])
    expect((await list('?lab=two')).events).toEqual([])
    expect((await list(`?since=${(await list('')).cursor}`)).events).toEqual([])
  })

  it.each(['?lab=../x', '?host=A', '?limit=-1', '?limit=1000000', '?ageMs=soon', '?who=me'])(
    'are refused where they are asked for by %s',
    async (query) => {
      for (const url of [`/v1/events${query}`, `/v1/events/follow${query}`])
        expect((await api.app.inject({ method: 'GET', url })).statusCode).toBe(400)
      expect(agent.following).toBe(0)
    },
  )

  it('are followed: what was, where that ends, and what comes', async () => {
    agent.happen(event(1))
    const { answer, lines, end } = await follow('/v1/events/follow?limit=5')
    expect(answer.headers['content-type']).toBe('application/x-ndjson')
    await expect.poll(() => lines.length).toBe(2)
    agent.happen(event(2))
    await expect.poll(() => lines.length).toBe(3)
    expect(lines.map(({ event }) => event?.seq)).toEqual([1, undefined, 2])
    expect(decodeCursor(lines[1]?.cursor ?? '')).toEqual(new Map([[A, [1, 1]]]))
    end()
    await expect.poll(() => agent.following).toBe(0)
  })

  it('a reader that takes nothing off is let go, and holds no more than some megabytes', async () => {
    const socket = connect(socketPath)
    socket.write('GET /v1/events/follow HTTP/1.1\r\nHost: skein\r\n\r\n')
    await expect.poll(() => agent.following).toBe(1)
    socket.pause()
    let told = 0
    for (; told < 50_000 && agent.following === 1; told += 1) {
      agent.happen(event(told + 1, 'x'.repeat(300)))
      if (told % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(told).toBeLessThan(20_000)
    socket.destroy()
  })

  it('that were missed come all, in order, with how far that is on the way; what happens meanwhile comes after', async () => {
    for (let seq = 1; seq <= 6_000; seq += 1) agent.happen(event(seq, 'x'.repeat(300)))
    const { lines, end } = await follow('/v1/events/follow?since=0')
    agent.happen(event(6_001))
    await expect.poll(() => seqsOf(lines).at(-1), { timeout: 30_000 }).toBe(6_001)
    expect(seqsOf(lines)).toEqual(Array.from({ length: 6_001 }, (_, i) => i + 1))
    await expect.poll(() => cursorsOf(lines).length).toBeGreaterThanOrEqual(60)
    expect(promised(lines)).toEqual([])
    expect(agent.following).toBe(1)
    end()
  }, 60_000)

  it('that were missed are not lost on a reader that goes away on the way and comes back', async () => {
    for (let seq = 1; seq <= 6_000; seq += 1) agent.happen(event(seq, 'x'.repeat(300)))
    const seqs: number[] = []
    let since = '0'
    for (let tries = 0; (seqs.at(-1) ?? 0) < 6_000 && tries < 100; tries += 1) {
      const { lines, end } = await follow(`/v1/events/follow?since=${since}`)
      await expect.poll(() => cursorsOf(lines).length, { timeout: 30_000 }).toBeGreaterThan(0)
      end()
      const until = lines.findLastIndex(({ cursor }) => cursor !== undefined)
      seqs.push(...seqsOf(lines.slice(0, until)))
      since = lines[until]?.cursor ?? since
    }
    expect(seqs).toEqual(Array.from({ length: 6_000 }, (_, i) => i + 1))
  }, 60_000)

  it('do not keep an agent from stopping', async () => {
    const { answer } = await follow('/v1/events/follow')
    await api.stop()
    await expect.poll(() => answer.closed).toBe(true)
    await expect.poll(() => agent.following).toBe(0)
  })
})
