import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type SkeinHosts, skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

const MAIN = new URL('../main.ts', import.meta.url).pathname
const IMAGES = new URL('../../scripts/images.sh', import.meta.url).pathname
const TOOLS = ['dockerd', 'ovs-vsctl', 'wg', 'nsenter', 'lxd', 'script']
const CONSOLE = `${process.execPath} ${MAIN} lab console cons d1`
const SLOW_MS = 60_000
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code)

const LAB = `
name: cons
topology:
  nodes:
    d1: { kind: linux, image: "skein/net:test", host: ck2 }
    d2: { kind: linux, image: "skein/net:test", host: ck2 }
    x1: { kind: lxd, image: skein-test, host: ck2 }
`

/** One who sees a terminal. */
class Seen {
  readonly told: { type: string; [key: string]: unknown }[] = []
  readonly #socket: WebSocket
  readonly #chunks: Buffer[] = []
  bytes = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('error', () => {})
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) return void this.told.push(JSON.parse(data.toString()))
      this.#chunks.push(data)
      this.bytes += data.length
    })
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString()
  }

  async says(text: string): Promise<void> {
    await until(`"${text}" in ${JSON.stringify(this.text.slice(-300))}`, SLOW_MS, async () => this.text.includes(text))
  }

  async tells(type: string): Promise<Record<string, unknown>> {
    return until(`it tells ${type}`, SLOW_MS, async () => this.told.find((one) => one.type === type))
  }

  type(text: string): void {
    this.#socket.send(Buffer.from(text))
  }

  resize(cols: number, rows: number): void {
    this.#socket.send(JSON.stringify({ type: 'resize', cols, rows }))
  }

  cut(): void {
    this.#socket.terminate()
  }
}

describeReal('terminals of lab nodes on another host', TOOLS, () => {
  const bed = testbed({ prefix: 'ck', hosts: 2, net: '10.66', lxd: true })
  const hosts: SkeinHosts = skeinHosts(bed)
  const open = async (host: string, path: string): Promise<Seen> => {
    const socket = new WebSocket(`ws+unix:///proc/${await bed.pid(host)}/root/run/skein/skein.sock:${path}`)
    const seen = new Seen(socket)
    await once(socket, 'open')
    await seen.tells('opened')
    return seen
  }
  const look = (node: string, query = '', host = 'ck1') => open(host, `/v1/labs/cons/nodes/${node}/console?${query}`)
  const sessionOf = ({ told: [first] }: Seen) => String(first?.session)
  const isThere = async (mark: string) => (await hosts.sh('ck2', `pgrep -f '[s]leep ${mark}' >/dev/null`)).code === 0

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await bed.run('ck2', [IMAGES, '--lxd'], { timeoutMs: 120_000 })
    await hosts.makeMesh()
    // That a host has LXD is known some seconds after it runs.
    await until('the lab is up', 120_000, async () => {
      await hosts.labUp('ck1', LAB)
      return true
    })
  })
  afterAll(() => bed.down())

  describe.each(['d1', 'x1'])('in %s', (node) => {
    test('carries keys, sizes, UTF-8 and the exit code', async () => {
      const seen = await look(node, 'cols=100&rows=30')
      expect(seen.told[0]).toMatchObject({ type: 'opened', host: 'ck2', node, offset: 0 })
      seen.type('stty size; tty; echo $TERM\r')
      await seen.says('30 100')
      await seen.says('xterm-256color')
      seen.resize(120, 40)
      await seen.tells('size')
      seen.type('stty size\r')
      await seen.says('40 120')
      seen.type('printf "%s|" größe 日本 🙂; echo\r')
      await seen.says('größe|日本|🙂|')
      seen.type('exit 7\r')
      expect(await seen.tells('exit')).toEqual({ type: 'exit', code: 7 })
    })

    test('100,000 lines pass whole, also where the connection is cut in between', async () => {
      const seen = await look(node)
      seen.type('stty -echo; seq 1 100000; echo E""ND\r')
      await until('much came', SLOW_MS, async () => seen.bytes > 200_000)
      seen.cut()
      const { text, bytes } = seen
      const back = await look(node, `session=${sessionOf(seen)}&after=${bytes}`, 'ck2')
      expect(back.told[0]).toMatchObject({ type: 'opened', offset: bytes })
      // All of it may have come before the cut.
      await until('the end came', SLOW_MS, async () => `${text}${back.text}`.includes('END'))
      const lines = `${text}${back.text}`.split('\r\n').filter((line) => /^\d+$/.test(line))
      expect(lines).toHaveLength(100_000)
      expect(lines.every((line, at) => line === String(at + 1))).toBe(true)
      back.type('exit\r')
      await back.tells('exit')
    })
  })

  test('is seen by several, each by way of a host; who only looks types nothing', async () => {
    const first = await look('d1')
    const second = await look('d1', `session=${sessionOf(first)}`, 'ck2')
    const third = await open('ck1', `/labs/cons/nodes/d1/console?session=${sessionOf(first)}&view=1`)
    third.type('echo by-the-third\r')
    first.type('echo by-the-$((1))\r')
    await Promise.all([first, second, third].map((one) => one.says('by-the-1')))
    second.type('echo by-the-$((2))\r')
    await Promise.all([first, second, third].map((one) => one.says('by-the-2')))
    expect(first.text).not.toContain('third')
    second.type('exit 3\r')
    for (const one of [first, second, third]) expect(await one.tells('exit')).toMatchObject({ code: 3 })
  })

  test('takes a large paste whole', async () => {
    const seen = await look('d1')
    seen.type('stty raw -echo; dd of=/tmp/pasted bs=1 count=200000 2>/dev/null; stty sane; md5sum </tmp/pasted\r')
    await seen.says('md5sum')
    await until('it reads', SLOW_MS, async () => (await hosts.sh('ck2', "pgrep -f '[d]d of=/tmp/pasted'")).code === 0)
    seen.type('x'.repeat(200_000))
    const { stdout } = await hosts.sh('ck2', "head -c 200000 /dev/zero | tr '\\0' x | md5sum")
    await seen.says(stdout.slice(0, 32))
    seen.type('exit\r')
    await seen.tells('exit')
  })

  test('is a command as well: at a terminal, and with a pipe', async () => {
    const inTty = await bed.run(
      'ck1',
      [
        'script',
        '-qec',
        `stty cols 90 rows 33; ${CONSOLE}; code=$?; stty -a | grep -q ' icanon' && echo as-before; exit $code`,
        '/dev/null',
      ],
      {
        stdin: 'stty size; exit 9\n',
        okCodes: ANY_CODE,
        timeoutMs: SLOW_MS,
      },
    )
    expect([inTty.code, inTty.stdout]).toEqual([9, expect.stringMatching(/33 90[\s\S]*as-before/)])
    const piped = await bed.run('ck1', ['sh', '-c', CONSOLE], {
      stdin: 'echo piped-$((40 + 2))\nexit 4\n',
      okCodes: ANY_CODE,
      timeoutMs: SLOW_MS,
    })
    expect([piped.code, piped.stdout]).toEqual([4, expect.stringContaining('piped-42')])
  })

  test.each(['d1', 'x1'])('commands in %s read what they are given', async (node) => {
    const command = `${process.execPath} ${MAIN} lab exec -i cons ${node} -- sh -c 'wc -c; exit 6'`
    const given = 'ä'.repeat(100_000)
    const said = await bed.run('ck1', ['sh', '-c', command], { stdin: given, okCodes: ANY_CODE, timeoutMs: SLOW_MS })
    expect([said.code, said.stdout.trim()]).toEqual([6, '200000'])
  })

  test('the console of an LXD node is followed', async () => {
    const follow = `${process.execPath} ${MAIN} lab logs cons x1 -f --tail 0 >/tmp/followed`
    await bed.spawn('ck1', ['sh', '-c', follow])
    const print = ['lab', 'exec', 'cons', 'x1', '--', 'sh', '-c', 'echo followed-$((6 * 7)) >/dev/console']
    await until('it is shown', 40_000, async () => {
      await hosts.skein('ck1', ...print)
      return (await hosts.sh('ck1', 'cat /tmp/followed')).stdout.includes('followed-42')
    })
  })

  test('on the network takes an operator', async () => {
    const api = `https://${bed.address('ck1')}:8010`
    const tokenOf = async (role: string) =>
      (await hosts.json<{ token: string }>('ck1', 'apitoken', 'create', `the-${role}`, '--role', role)).token
    const type = (token: string, text: string) =>
      bed.run('ck2', ['sh', '-c', `read -r SKEIN_TOKEN; export SKEIN_TOKEN; ${CONSOLE} --api ${api}`], {
        stdin: `${token}\n${text}\n`,
        okCodes: ANY_CODE,
        timeoutMs: SLOW_MS,
      })
    const viewer = await tokenOf('viewer')
    const operator = await tokenOf('operator')
    await until('the tokens are known', SLOW_MS, async () => (await type(operator, 'exit 5')).code === 5)
    expect(await type(viewer, 'exit 5')).toMatchObject({ code: 1, stderr: expect.stringContaining('operator') })
    expect((await type('skt_wrong', 'exit 5')).code).not.toBe(5)
  })

  test('are hung up with all that runs in them when the agent of their host stops', async () => {
    const seen = await Promise.all([look('d1'), look('x1')])
    for (const [at, one] of seen.entries()) one.type(`sleep 700${at}\r`)
    for (const at of seen.keys()) await until('it runs', SLOW_MS, () => isThere(`700${at}`))
    await hosts.signalAgent('ck2', 'TERM')
    for (const at of seen.keys()) await until('it is gone', SLOW_MS, async () => !(await isThere(`700${at}`)))
    for (const one of seen) await one.tells('error')
    await hosts.start('ck2')
    for (const node of ['d2', 'x1'])
      await until(`${node} is reached again`, SLOW_MS, async () => {
        const { code } = await hosts.skein('ck1', 'lab', 'exec', 'cons', node, '--', 'true')
        return code === 0
      })
  })

  test('ends with its node, and its begin and end are told to all', async () => {
    const seen = [await look('d2'), await look('x1')]
    for (const one of seen) one.type('echo he""re\r')
    await Promise.all(seen.map((one) => one.says('here')))
    await hosts.skein('ck1', 'lab', 'down', 'cons')
    for (const one of seen) await until('it ends', SLOW_MS, async () => one.told.some(({ type }) => type !== 'opened'))
    // What was killed may have a code, or there is nobody any more who knows it.
    for (const { told } of seen) expect(['error', 'exit']).toContain(told.at(-1)?.type)
    await until('all is told', SLOW_MS, async () => {
      const { stdout } = await hosts.skein('ck1', 'events', '--lab', 'cons', '--json')
      return ['CONSOLE_CLOSED', 'local opened a terminal, by way of ck1'].every((text) => stdout.includes(text))
    })
  })
})
