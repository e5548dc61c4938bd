import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { MeshError } from '#core/model/errors.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { type Api, createApi } from './index.ts'

/** Whatever else the machine does meanwhile. */
vi.setConfig({ testTimeout: 60_000 })
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000 })

const PATH = '/v1/labs/one/nodes/r1/console'
let folder: string
let agent: FakeAgent
let api: Api
let socketPath: string
const open = new Set<WebSocket>()
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-console-'))
  socketPath = join(folder, 'skein.sock')
  agent = createFakeAgent()
  api = createApi({ agent, socketPath, version: '0.1.0' })
  await api.start()
})
afterEach(async () => {
  for (const one of open) one.terminate()
  open.clear()
  await api.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Client {
  readonly socket: WebSocket
  /** JSON that came. */
  readonly told: Record<string, unknown>[]
  bytes(): Buffer
  readonly closed: Promise<number>
}
const connect = async (path: string): Promise<Client> => {
  const socket = new WebSocket(`ws+unix://${socketPath}:${path}`)
  open.add(socket)
  const told: Record<string, unknown>[] = []
  const chunks: Buffer[] = []
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) chunks.push(data)
    else told.push(JSON.parse(data.toString()) as Record<string, unknown>)
  })
  const closed = once(socket, 'close').then(([code]) => Number(code))
  await once(socket, 'open')
  return { socket, told, bytes: () => Buffer.concat(chunks), closed }
}

describe('a console', () => {
  it.each([PATH, PATH.replace('/v1', '')])('%s carries bytes both ways, sizes, and the exit code', async (path) => {
    const { socket, told, bytes, closed } = await connect(`${path}?cols=100&rows=30`)
    socket.send(Buffer.from('größe'))
    socket.send(JSON.stringify({ type: 'resize', cols: 90, rows: 20 }))
    socket.send(Buffer.from('exit 7'))
    expect(await closed).toBe(1000)
    expect(bytes().toString()).toBe('größe')
    expect(told).toEqual([
      { type: 'opened', session: 's1', host: 'b', node: 'r1', offset: 0 },
      { type: 'size', cols: 90, rows: 20 },
      { type: 'exit', code: 7 },
    ])
    expect(agent.consoles.asks).toEqual([{ lab: 'one', node: 'r1', cols: 100, rows: 30, who: 'local' }])
  })

  it('goes on with a session', async () => {
    const { socket } = await connect(`${PATH}?session=abc&after=70&view=1`)
    await soon(() => expect(agent.consoles.open).toBe(1))
    expect(agent.consoles.asks).toMatchObject([{ session: 'abc', after: 70, view: true, cols: 80, rows: 24 }])
    socket.close()
    await soon(() => expect(agent.consoles.open).toBe(0))
  })

  it('knows what arrived by what WebSockets answer by themselves', async () => {
    agent.consoles.prints = Array.from({ length: 10 }, () => Buffer.alloc(10_000, 'x'))
    const { bytes } = await connect(PATH)
    await soon(() => expect(bytes()).toHaveLength(100_000))
    // Again and again, not at the next look alone.
    await soon(() => expect(agent.consoles.heard.length).toBeGreaterThan(4))
    expect(agent.consoles.heard.every(({ type }) => type === 'ack')).toBe(true)
  })

  it('cuts what is pasted, and passes it on whole', async () => {
    const { socket, bytes } = await connect(PATH)
    const pasted = Buffer.from('äöü'.repeat(50_000))
    socket.send(pasted)
    await soon(() => expect(bytes().equals(pasted)).toBe(true))
    const sizes = agent.consoles.heard.map((one) => (one.type === 'data' ? one.bytes.length : 0))
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32 * 1024)
  })

  it('ends on the agent when the client goes', async () => {
    const { socket } = await connect(PATH)
    await soon(() => expect(agent.consoles.open).toBe(1))
    socket.terminate()
    await soon(() => expect(agent.consoles.open).toBe(0))
  })

  it('says what went wrong', async () => {
    agent.fail('console', new MeshError('NOT_FOUND', 'there is no node r1'))
    const { told, closed } = await connect(PATH)
    expect(await closed).toBe(1011)
    expect(told).toEqual([
      { type: 'error', error: 'NOT_FOUND', message: 'there is no node r1', hint: expect.any(String) },
    ])
  })

  it.each([
    '{',
    '{}',
    '[]',
    '{"type":"resize","cols":0,"rows":1}',
    '{"type":"resize","cols":80}',
    '{"type":"ack","bytes":3}',
  ])('is closed by a text that is no message: %s', async (text) => {
    const { socket, told, closed } = await connect(PATH)
    socket.send(text)
    expect(await closed).toBe(1011)
    expect(told.at(-1)).toMatchObject({ type: 'error', error: 'BAD_INPUT' })
    await soon(() => expect(agent.consoles.open).toBe(0))
  })

  it('takes no more than it can pass on', async () => {
    agent.console = async function* () {
      yield { type: 'opened', session: 's', host: 'a', node: 'r1', offset: 0 }
      await new Promise(() => {})
    }
    const { socket, told, closed } = await connect(PATH)
    for (let piece = 0; piece < 20; piece++) socket.send(Buffer.alloc(200_000))
    expect(await closed).toBe(1011)
    expect(told.at(-1)).toMatchObject({ error: 'BUSY' })
  })

  it.each(['?cols=0', '?rows=x', '?session=..%2f', '?after=-1', '?shell=bash', '?view=maybe'])(
    '%s is refused before anything is opened',
    async (query) => {
      const answer = await api.app.inject({ method: 'GET', url: `${PATH}${query}` })
      expect([answer.statusCode, answer.json().error]).toEqual([400, 'BAD_INPUT'])
      expect(agent.consoles.asks).toEqual([])
    },
  )

  it('is refused before it is one', async () => {
    const socket = new WebSocket(`ws+unix://${socketPath}:${PATH}?cols=0`)
    socket.on('error', () => {})
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(400)
    response.destroy()
  })

  it('is a WebSocket', async () => {
    expect((await api.app.inject({ method: 'GET', url: PATH })).json()).toMatchObject({
      error: 'BAD_INPUT',
      message: expect.stringContaining('WebSocket'),
    })
  })
})
