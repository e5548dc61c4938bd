import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type DaemonSocket, type SocketDaemon, socketDaemon } from '#testing/socket-daemon.ts'
import { createFollow } from './follow.ts'
import { createExec } from './run.ts'
import { openWebSocket } from './websocket.ts'

const open: SocketDaemon[] = []
afterEach(async () => {
  for (const daemon of open.splice(0)) await daemon[Symbol.asyncDispose]()
})
const daemonOf: typeof socketDaemon = async (...how) => {
  const daemon = await socketDaemon(...how)
  open.push(daemon)
  return daemon
}

const exec = createExec()

/** Answers as LXD does: 202 and the name of work that goes on, whose end is asked for. */
const worker = (end: { readonly status: number; readonly json: unknown }) =>
  daemonOf(({ url }) =>
    url.startsWith('/1.0/operations/') ? end : { status: 202, json: { type: 'async', operation: '/1.0/operations/7' } },
  )

const ended = (metadata: object) => ({ status: 200, json: { type: 'sync', metadata } })

describe('work that goes on', () => {
  test('its end is the answer', async () => {
    const daemon = await worker(ended({ status_code: 200, metadata: { fingerprint: 'ab' } }))
    const { socket } = daemon
    const result = await exec.run({ socket, method: 'POST', path: '/1.0/images', awaitsEnd: true, timeoutMs: 9_000 })
    expect(result.code).toBe(200)
    expect(JSON.parse(result.stdout)).toMatchObject({ metadata: { fingerprint: 'ab' } })
    expect(daemon.asked.map(({ url }) => url)).toEqual(['/1.0/images', '/1.0/operations/7/wait?timeout=9'])
  })

  test('without being asked for, the beginning is', async () => {
    const daemon = await worker(ended({ status_code: 400 }))
    expect((await exec.run({ socket: daemon.socket, method: 'POST', path: '/x' })).code).toBe(202)
  })

  test.each([
    ['failed', ended({ status_code: 400, err: 'no space left on device' }), 'TOOL_FAILED', /no space left on device/],
    ['was cancelled', ended({ status_code: 401, err: '' }), 'TOOL_FAILED', /it failed/],
    ['goes on too long', ended({ status_code: 103, err: '' }), 'TIMEOUT', /no end after 2 s/],
    ['is forgotten', { status: 404, json: { error: 'not found' } }, 'TOOL_FAILED', /status 502: not found/],
  ])('work that %s is told', async (_what, end, code, message) => {
    const daemon = await worker(end)
    const command = { socket: daemon.socket, method: 'PUT', path: '/x', awaitsEnd: true, timeoutMs: 2_000 } as const
    await expect(exec.run({ ...command, okStatus: [200, 404] })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })

  test('a failure that means it is so already is none', async () => {
    const daemon = await worker(ended({ status_code: 400, err: 'The instance is already running' }))
    const command = { socket: daemon.socket, method: 'PUT', path: '/x', awaitsEnd: true } as const
    expect((await exec.run({ ...command, harmless: ['already running'] } as never)).code).toBe(400)
    await expect(exec.run({ ...command, harmless: ['already stopped'] } as never)).rejects.toThrow(/already running/)
  })
})

describe('files as the body of a request', () => {
  test('one goes as it is, two as the parts of a form, pieces in a row, one that is not there is told', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'skein-body-'))
    const [meta, root] = [join(folder, 'meta'), join(folder, 'root')]
    await writeFile(meta, 'first')
    await writeFile(root, 'second'.repeat(20_000))
    const daemon = await daemonOf(() => ({ status: 200, json: {} }))
    const command = { socket: daemon.socket, method: 'POST', path: '/1.0/images' } as const
    await exec.run({ ...command, files: [{ part: 'metadata', path: meta }], headers: { 'x-lxd-properties': 'a=b' } })
    const parts = [
      { part: 'metadata', path: meta },
      { part: 'rootfs', path: root },
    ]
    await exec.run({ ...command, files: parts })
    await expect(
      exec.run({ ...command, files: [{ part: 'metadata', path: join(folder, 'absent') }] }),
    ).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('cannot send a file'),
    })
    await exec.run({ ...command, pieces: [Buffer.from('<'), { path: root }, Buffer.from('>'), { path: meta }] })
    const [one, two, three] = daemon.asked
    expect(three).toMatchObject({ body: `<${'second'.repeat(20_000)}>first`, headers: { 'content-length': '120007' } })
    expect(one).toMatchObject({ body: 'first', headers: { 'x-lxd-properties': 'a=b', 'content-length': '5' } })
    const boundary = /boundary=(.*)$/.exec(two?.headers['content-type'] ?? '')?.[1]
    const [, first, second, last] = two?.body.split(`--${boundary}`) ?? []
    expect(first).toMatch(/name="metadata"[\s\S]*\r\n\r\nfirst\r\n$/)
    expect(second?.endsWith(`\r\n\r\n${'second'.repeat(20_000)}\r\n`)).toBe(true)
    expect(last).toBe('--\r\n')
    await rm(folder, { recursive: true })
  })
})

describe('a WebSocket', () => {
  test.each([
    [true, []],
    [false, [10]],
  ])('of a listener (%s) answers no question whether anybody is there: %j', async (isListener, answers) => {
    const asked: DaemonSocket[] = []
    const daemon = await daemonOf(
      () => ({ status: 404, json: {} }),
      (socket) => {
        asked.push(socket)
        socket.ping()
        socket.onText(() => socket.say('bye'))
      },
    )
    const heard = Promise.withResolvers<string | Buffer>()
    const command = { socket: daemon.socket, method: 'GET', path: '/x' } as const
    const opened = await openWebSocket(command, { openMs: 1_000, onMessage: heard.resolve, isListener })
    opened.send('hello')
    expect(await heard.promise).toBe('bye')
    expect(asked[0]?.opcodes.filter((opcode) => opcode !== 1)).toEqual(answers)
    opened.close()
    await opened.closed
  })
})

describe('following a WebSocket', () => {
  const follow = createFollow()

  test('each message is a line, until it is stopped', async () => {
    const daemon = await daemonOf(
      () => ({ status: 404, json: {} }),
      (socket) => {
        socket.say('{"type":"lifecycle"}')
        socket.say('x'.repeat(70_000))
        socket.say('last')
      },
    )
    const stop = new AbortController()
    const lines: string[] = []
    const command = { socket: daemon.socket, method: 'GET', path: '/1.0/events', isWebSocket: true } as const
    await follow(
      command,
      (line) => {
        lines.push(line)
        if (line === 'last') stop.abort()
      },
      stop.signal,
    )
    expect(lines).toEqual(['{"type":"lifecycle"}', 'x'.repeat(70_000), 'last'])
  })

  test('an end by itself, a refusal and nobody there are failures', async () => {
    const ends: DaemonSocket[] = []
    const daemon = await daemonOf(
      () => ({ status: 403, json: {} }),
      (socket) => {
        ends.push(socket)
        socket.end()
      },
    )
    const at = (socket: string) => ({ socket, method: 'GET', path: '/1.0/events', isWebSocket: true }) as const
    const never = new AbortController().signal
    await expect(follow(at(daemon.socket), () => {}, never)).rejects.toMatchObject({ code: 'TOOL_FAILED' })
    await expect(follow(at('/nowhere/sock'), () => {}, never)).rejects.toMatchObject({ code: 'TOOL_MISSING' })
    expect(ends.map(({ url }) => url)).toEqual(['/1.0/events'])
  })
})
