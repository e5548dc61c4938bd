import { afterEach, describe, expect, test, vi } from 'vitest'
import { createExec } from '#platform/run.ts'
import { type DaemonSocket, type SocketDaemon, socketDaemon } from '#testing/socket-daemon.ts'
import { openInstanceTerminal } from './terminal.ts'

/** Whatever else the machine does meanwhile. */
vi.setConfig({ testTimeout: 60_000 })
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000 })

const WISH = { argv: ['sh'], cols: 80, rows: 24 }
const daemons: SocketDaemon[] = []
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon[Symbol.asyncDispose]()
})

/** A toy LXD whose program is the test. */
const toy = async (code?: number) => {
  const streams = new Map<string, DaemonSocket>()
  const daemon = await socketDaemon(
    ({ method, url }) => {
      if (url.startsWith('/1.0/instances/absent/')) return { status: 404, json: { error: 'Instance not found' } }
      if (method === 'POST') {
        const fds = { 0: 'data', control: 'control' }
        return { status: 202, json: { operation: '/1.0/operations/7', metadata: { metadata: { fds } } } }
      }
      return { status: 200, json: { metadata: { metadata: { return: code } } } }
    },
    (stream) => streams.set(new URLSearchParams(stream.url.split('?')[1]).get('secret') ?? '', stream),
  )
  daemons.push(daemon)
  return { daemon, streams, lxd: { socket: daemon.socket, exec: createExec() } }
}

describe('a terminal in an LXD instance', () => {
  test('carries bytes both ways and ends with the code of its program', async () => {
    const { daemon, streams, lxd } = await toy(7)
    const terminal = await openInstanceTerminal(lxd, 'r1', WISH)
    expect(JSON.parse(daemon.asked[0]?.body ?? '')).toMatchObject({
      interactive: true,
      'wait-for-websocket': true,
      width: 80,
      height: 24,
      command: ['sh'],
      environment: { TERM: 'xterm-256color' },
    })
    const data = streams.get('data')
    data?.say(Buffer.from('größe').subarray(0, 3))
    data?.say(Buffer.from('größe').subarray(3))
    await terminal.write(Buffer.from('typed'))
    await soon(() => expect(data?.opcodes).toContain(2))
    data?.end()
    const chunks: Uint8Array[] = []
    for await (const bytes of terminal.output) chunks.push(bytes)
    expect(Buffer.concat(chunks).toString()).toBe('größe')
    expect(await terminal.exitCode()).toBe(7)
  })

  test('is resized, and hung up when it is closed', async () => {
    const { streams, lxd } = await toy()
    const terminal = await openInstanceTerminal(lxd, 'r1', WISH)
    await terminal.resize({ cols: 120, rows: 40 })
    await terminal.close()
    await soon(() =>
      expect(streams.get('control')?.heard.map((text) => JSON.parse(text))).toEqual([
        { command: 'window-resize', args: { width: '120', height: '40' } },
        { command: 'signal', signal: 1 },
      ]),
    )
  })

  test('leaves questions whether anybody is there unanswered: what LXD says last would be lost', async () => {
    const { streams, lxd } = await toy()
    const terminal = await openInstanceTerminal(lxd, 'r1', WISH)
    streams.get('data')?.ping()
    await terminal.write(Buffer.from('x'))
    await soon(() => expect(streams.get('data')?.opcodes).toEqual([2]))
  })

  test('does not know the code of a program that went with its instance', async () => {
    const { streams, lxd } = await toy()
    const terminal = await openInstanceTerminal(lxd, 'r1', WISH)
    streams.get('data')?.end()
    for await (const _ of terminal.output);
    expect(await terminal.exitCode()).toBeUndefined()
  })

  test('that cannot be opened says why', async () => {
    const { lxd } = await toy()
    await expect(openInstanceTerminal(lxd, 'absent', WISH)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const nowhere = { ...lxd, socket: '/nowhere' }
    await expect(openInstanceTerminal(nowhere, 'r1', WISH)).rejects.toMatchObject({ code: 'TOOL_MISSING' })
  })
})
