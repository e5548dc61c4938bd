import { afterEach, describe, expect, test } from 'vitest'
import { OUTPUT_LIMIT } from '#platform/process.ts'
import { type DaemonSocket, type SocketDaemon, socketDaemon } from '#testing/socket-daemon.ts'
import { execInInstance } from './exec.ts'

const open: SocketDaemon[] = []
afterEach(async () => {
  for (const daemon of open.splice(0)) await daemon[Symbol.asyncDispose]()
})
const daemonOf: typeof socketDaemon = async (...how) => {
  const daemon = await socketDaemon(...how)
  open.push(daemon)
  return daemon
}

interface Ended {
  readonly return?: number
  readonly err?: string
}

/** A toy LXD that runs commands: `run` gets the three streams once all are open, and its answer is the end. */
const toy = (run: (streams: readonly DaemonSocket[]) => Promise<Ended>): Promise<SocketDaemon> => {
  const streams: DaemonSocket[] = []
  const all = Promise.withResolvers<readonly DaemonSocket[]>()
  return daemonOf(
    async ({ method, url }) => {
      if (url.startsWith('/1.0/instances/absent/')) return { status: 404, json: { error: 'Instance not found' } }
      if (url.startsWith('/1.0/instances/stopped/')) return { status: 400, json: { error: 'Instance is not running' } }
      if (method === 'POST')
        return {
          status: 202,
          json: { operation: '/1.0/operations/7', metadata: { metadata: { fds: { 0: 'in', 1: 'out', 2: 'err' } } } },
        }
      const ended = await run(await all.promise)
      for (const stream of streams) stream.end()
      return { status: 200, json: { metadata: { err: ended.err ?? '', metadata: { return: ended.return } } } }
    },
    (stream) => {
      streams.push(stream)
      if (streams.length === 3)
        all.resolve(
          ['in', 'out', 'err'].flatMap((secret) => streams.filter(({ url }) => url.endsWith(`secret=${secret}`))),
        )
    },
  )
}

const inside = (daemon: SocketDaemon, instance = 'r1', timeoutMs = 5_000) =>
  execInInstance({ socket: daemon.socket, instance, argv: ['ip', '-j', 'addr'], timeoutMs })

describe('a command in an LXD instance', () => {
  test('its output and its exit code come back; its standard input is closed from the start', async () => {
    const daemon = await toy(async ([stdin, stdout, stderr]) => {
      await new Promise<void>((resolve) => (stdin?.heard.length ? resolve() : stdin?.onText(() => resolve())))
      expect(stdin?.heard).toEqual([''])
      const letters = Buffer.from('größe\n')
      stdout?.say(letters.subarray(0, 3))
      stdout?.say(letters.subarray(3))
      stdout?.say('')
      stderr?.say(Buffer.from('warning\n'))
      return { return: 3 }
    })
    expect(await inside(daemon)).toEqual({ exitCode: 3, stdout: 'größe\n', stderr: 'warning\n' })
    expect(JSON.parse(daemon.asked[0]?.body ?? '')).toEqual({
      command: ['ip', '-j', 'addr'],
      interactive: false,
      'wait-for-websocket': true,
    })
  })

  test('it reads what it is given, and then its end', async () => {
    const daemon = await toy(async ([stdin]) => {
      await new Promise<void>((resolve) => (stdin?.heard.length ? resolve() : stdin?.onText(() => resolve())))
      expect([stdin?.opcodes, stdin?.heard]).toEqual([[2, 1], ['']])
      return { return: 0 }
    })
    const how = { socket: daemon.socket, instance: 'r1', argv: ['cat'], timeoutMs: 5_000 }
    expect(await execInInstance({ ...how, stdin: Buffer.from('given') })).toMatchObject({ exitCode: 0 })
  })

  test.each([
    [
      { return: 127, err: 'Command not found' },
      { exitCode: 127, stderr: 'Command not found\n' },
    ],
    [
      { return: -1, err: 'Command not found' },
      { exitCode: 127, stderr: 'Command not found\n' },
    ],
    [
      { return: 126, err: '' },
      { exitCode: 126, stderr: '' },
    ],
  ])('one that cannot be started (%j) ends with a code and words', async (ended, expected) => {
    const daemon = await toy(async () => ended)
    expect(await inside(daemon)).toMatchObject(expected)
  })

  test.each([
    [{}, 'TIMEOUT'],
    [{ err: 'Failed to retrieve PID' }, 'TOOL_FAILED'],
  ])('one that does not end as it should (%j) is %s', async (ended, code) => {
    const daemon = await toy(async () => ended)
    await expect(inside(daemon)).rejects.toMatchObject({ code })
  })

  test('more output than is kept ends it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const daemon = await toy(async ([, stdout]) => {
      const piece = Buffer.alloc(4 * 1024 * 1024, 'x')
      for (let sent = 0; sent <= OUTPUT_LIMIT; sent += piece.length) stdout?.say(piece)
      await promise
      return { return: 0 }
    })
    await expect(inside(daemon)).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(/more than/),
    })
    resolve()
  })

  test('one that is not there, one that does not run, no LXD', async () => {
    const daemon = await toy(async () => ({ return: 0 }))
    await expect(inside(daemon, 'absent')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(inside(daemon, 'stopped')).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('Instance is not running'),
    })
    const nowhere = { socket: '/nowhere/sock', instance: 'r1', argv: ['true'], timeoutMs: 1_000 }
    await expect(execInInstance(nowhere)).rejects.toMatchObject({ code: 'TOOL_MISSING' })
  })
})
