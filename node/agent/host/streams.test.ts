import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ByteStream } from '#agent/port.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { until, useVirtualTime } from '#testing/virtual-time.ts'

const pair = labSample({
  name: 'one',
  nodes: { r1: { host: 'a' }, r2: { host: 'b' } },
  links: [['r1:eth1', 'r2:eth1']],
})
const R2 = { lab: 'one', node: 'r2', interface: 'eth1' }

describe('streams of lab nodes', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  const textOf = async (asked: Promise<ByteStream>): Promise<string> => {
    const chunks: Uint8Array[] = []
    for await (const bytes of (await asked).bytes) chunks.push(bytes)
    return Buffer.concat(chunks).toString()
  }
  const never = new AbortController().signal

  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
    b = await mesh.join('b')
    await a.agent.submit(pair, new Map())
    await until('up', () => a.agent.lab('one').state === 'up' && b.agent.lab('one').state === 'up')
  })
  afterEach(() => mesh[Symbol.asyncDispose]())

  test('come from the host that has the node, whichever is asked', async () => {
    for (const { agent } of [a, b]) {
      const stream = await agent.capture({ ...R2, filter: 'icmp' }, never)
      expect([stream.host, await textOf(Promise.resolve(stream))]).toEqual([
        'b',
        expect.stringMatching(/^pcap of eth1 in \d+: icmp$/),
      ])
      expect(JSON.parse(await textOf(agent.logs({ lab: 'one', node: 'r2', tail: 3 }, never)))).toMatchObject({
        stdout: expect.stringMatching(/^last 3 of c\d+\n$/),
      })
    }
    expect(b.streams.open.size).toBe(0)
  })

  test('end on their host with whoever reads them', async () => {
    const gone = new AbortController()
    const { bytes } = await a.agent.logs({ lab: 'one', node: 'r2', follow: true }, gone.signal)
    const pieces = bytes[Symbol.asyncIterator]()
    expect((await pieces.next()).done).toBe(false)
    expect(b.streams.open.size).toBe(1)
    const last = pieces.next()
    gone.abort()
    expect((await last).done).toBe(true)
    await until('ended', () => b.streams.open.size === 0)
  })

  test('are limited in number on each host', async () => {
    const gone = new AbortController()
    const reading = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const { bytes } = await b.agent.capture({ ...R2, filter: 'follow' }, gone.signal)
        const pieces = bytes[Symbol.asyncIterator]()
        await pieces.next()
        return pieces
      }),
    )
    await expect(textOf(a.agent.capture(R2, never))).rejects.toMatchObject({ code: 'BUSY' })
    gone.abort()
    for (const pieces of reading) await pieces.return?.()
    expect(await textOf(a.agent.capture(R2, never))).toContain('pcap')
  })

  test.each([
    ['a filter tcpdump does not take', { ...R2, filter: 'bad' }, 'BAD_INPUT'],
    ['a node that is not there', { ...R2, node: 'r9' }, 'NOT_FOUND'],
    ['a lab that is not there', { ...R2, lab: 'two' }, 'NOT_FOUND'],
  ])('%s is refused', async (_what, ask, code) => {
    await expect((async () => textOf(a.agent.capture(ask, never)))()).rejects.toMatchObject({ code })
  })
})
