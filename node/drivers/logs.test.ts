import { describe, expect, test } from 'vitest'
import type { Bytes, Command } from '#platform/exec.ts'
import { capture, checkCapture } from './capture.ts'
import { containerLogs } from './docker/logs.ts'
import { fakeExec } from './fake-exec.ts'
import { instanceLogs } from './lxd/logs.ts'

const SOCKET = '/run/docker.sock'
const signal = new AbortController().signal
const NO_TIME = 1

/** What commands give, and which they were. */
const source = (...chunks: readonly (string | Buffer)[]) => {
  const asked: Command[] = []
  const bytes: Bytes = async function* (command) {
    asked.push(command)
    for (const chunk of chunks) yield Buffer.from(chunk)
  }
  return { asked, bytes }
}
/** One of the engine's frames (Docker Engine API, "Stream format"). */
const frame = (stream: number, text: string): Buffer => {
  const head = Buffer.alloc(8)
  head[0] = stream
  head.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([head, Buffer.from(text)])
}
const docker = (tty: boolean) =>
  fakeExec(
    {},
    {
      [SOCKET]: ({ path }) =>
        path.includes('/gone/') ? { code: 404 } : { stdout: JSON.stringify({ Config: { Tty: tty } }) },
    },
  )
const linesOf = async (bytes: AsyncIterable<Uint8Array>): Promise<readonly unknown[]> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
}

describe('logs of a container', () => {
  test('without a terminal are two streams, cut anywhere', async () => {
    const whole = Buffer.concat([frame(1, 'one\n'), frame(2, 'bäd\n'), frame(1, 'two\n')])
    const { asked, bytes } = source(whole.subarray(0, 5), whole.subarray(5, 22), whole.subarray(22))
    const read = await linesOf(
      containerLogs(
        { socket: SOCKET, exec: docker(false), bytes },
        'c1',
        { follow: true, tail: 5, since: 1_500 },
        signal,
      ),
    )
    const of = (name: string): string => read.map((line) => (line as Record<string, string>)[name] ?? '').join('')
    expect([of('stdout'), of('stderr')]).toEqual(['one\ntwo\n', 'bäd\n'])
    expect(asked).toMatchObject([{ path: '/containers/c1/logs?stdout=1&stderr=1&tail=5&follow=1&since=1.500' }])
  })

  test('with a terminal are one, as it is', async () => {
    const { asked, bytes } = source('one\r\n', Buffer.from('ä').subarray(0, 1), Buffer.from('ä').subarray(1))
    expect(await linesOf(containerLogs({ socket: SOCKET, exec: docker(true), bytes }, 'c1', {}, signal))).toEqual([
      { stdout: 'one\r\n' },
      { stdout: 'ä' },
    ])
    expect(asked).toMatchObject([{ path: '/containers/c1/logs?stdout=1&stderr=1&tail=all' }])
  })

  test('that is gone are not found', async () => {
    const read = containerLogs({ socket: SOCKET, exec: docker(true), bytes: source().bytes }, 'gone', {}, signal)
    await expect(read.next()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('the console of an instance', () => {
  const read = (wish: Parameters<typeof instanceLogs>[2]) =>
    linesOf(instanceLogs({ socket: '/lxd', bytes: source('a\nb\n', 'c\n').bytes }, 'i1', wish, signal))

  test('is given once, the last lines of it', async () => {
    expect(await read({})).toEqual([{ stdout: 'a\nb\nc\n' }])
    expect(await read({ tail: 2 })).toEqual([{ stdout: 'b\nc\n' }])
    expect(await read({ tail: 9 })).toEqual([{ stdout: 'a\nb\nc\n' }])
    expect(await read({ tail: 0 })).toEqual([])
  })

  test('is followed: what it grows by, also where LXD drops its begin or it starts anew', async () => {
    const long = 'x'.repeat(5_000)
    const logs = ['one\n', 'one\ntwo\n', `one\ntwo\n${long}`, `${long.slice(3_000)}end\n`, '', 'anew\n']
    const gone = new AbortController()
    const bytes: Bytes = async function* () {
      yield Buffer.from(logs.shift() ?? '')
      if (logs.length === 0) gone.abort()
    }
    const reading = linesOf(
      instanceLogs({ socket: '/lxd', bytes }, 'i1', { follow: true, tail: 1 }, gone.signal, NO_TIME),
    )
    const text = (await reading).map((line) => (line as { stdout: string }).stdout).join('')
    expect(text).toBe(`one\ntwo\n${long}end\nanew\n`)
  })

  test('cannot be had from a time on', async () => {
    await expect(read({ since: 1 })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })
})

describe('captures', () => {
  const wish = { pid: 7, interface: 'eth1', filter: '-w /etc/passwd or icmp', count: 3 }

  test('run in the namespace of the node, with the filter as one word that is no option', async () => {
    const { asked, bytes } = source('pcap')
    for await (const _ of capture(bytes, wish, signal));
    expect(asked).toMatchObject([
      { file: 'nsenter', args: expect.arrayContaining(['-t', '7', '-n', 'tcpdump', '-i', 'eth1', '-c', '3']) },
    ])
    const [command] = asked
    expect(command && 'args' in command ? command.args.slice(-2) : []).toEqual(['--', wish.filter])
  })

  test('are refused with the words of tcpdump', async () => {
    const exec = fakeExec({
      nsenter: () => ({ code: 1, stderr: "tcpdump: verbose\ntcpdump: can't parse filter expression: syntax error\n" }),
    })
    await expect(checkCapture(exec, wish)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: "tcpdump cannot capture this: can't parse filter expression: syntax error",
    })
    await checkCapture(fakeExec({ nsenter: () => ({}) }), wish)
  })
})
