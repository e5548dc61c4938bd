import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFollow } from './follow.ts'

const follow = createFollow()
const sh = (script: string) => ({ file: 'sh', args: ['-c', script] })

describe('following a process', () => {
  test('hands on each line as it comes, also in pieces, until it is stopped', async () => {
    const lines: string[] = []
    const stop = new AbortController()
    const following = follow(
      sh("printf 'one\\ntw'; sleep 0.05; printf 'o\\n\\n'; sleep 0.05; echo three >&2; exec sleep 30"),
      (line) => {
        lines.push(line)
        if (line === 'three') stop.abort()
      },
      stop.signal,
    )
    await following
    expect(lines).toEqual(['one', 'two', 'three'])
  })

  test.each([
    ['TOOL_FAILED', sh('echo no bridge >&2; exit 1'), /ended by itself: no bridge/],
    ['TOOL_FAILED', sh('exit 0'), /ended by itself: exit code 0/],
    ['TOOL_MISSING', { file: 'no-such-tool', args: [] }, /no-such-tool/],
  ])('one that ends by itself is %s', async (code, command, message) => {
    const ended = follow(command, () => {}, new AbortController().signal)
    await expect(ended).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test('does not start what was stopped before', async () => {
    await follow({ file: 'no-such-tool', args: [] }, () => {}, AbortSignal.abort())
  })

  test('it ends when this program is killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'follow-'))
    const script = `import { createFollow } from '${new URL('./follow.ts', import.meta.url).pathname}'
      createFollow()({ file: 'sh', args: ['-c', 'echo $$ > ${folder}/pid; exec sleep 30'] }, () => {}, new AbortController().signal)`
    const killed = new AbortController()
    const program = follow(
      { file: process.execPath, args: ['--input-type=module', '-e', script] },
      () => {},
      killed.signal,
    )
    const pid = await expect
      .poll(() => readFile(`${folder}/pid`, 'utf8').catch(() => ''), { timeout: 10_000 })
      .toMatch(/\d/)
      .then(async () => Number(await readFile(`${folder}/pid`, 'utf8')))
    killed.abort()
    await program
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false)
    await rm(folder, { recursive: true })
  })
})

const isAlive = async (pid: number): Promise<boolean> =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes('sleep')

describe('following an answer', () => {
  let socket = ''
  let folder = ''
  const open: ServerResponse[] = []
  const server = createServer((request, response) => {
    open.push(response)
    if (request.url === '/refused') response.writeHead(400).end('{"message":"bad filter"}')
    else response.writeHead(200).write('{"a":1}\n')
  })
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'follow-'))
    socket = join(folder, 'd.sock')
    await new Promise<void>((resolve) => server.listen(socket, resolve))
  })
  afterAll(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })
  const request = (path: string) => ({ socket, method: 'GET', path }) as const

  test('hands on each line until it is stopped, and closes the connection', async () => {
    const lines: string[] = []
    const stop = new AbortController()
    const following = follow(request('/events'), (line) => lines.push(line), stop.signal)
    await expect.poll(() => lines).toEqual(['{"a":1}'])
    const response = open.at(-1)
    const closed = new Promise((resolve) => response?.once('close', resolve))
    response?.write('{"a":2}\n')
    await expect.poll(() => lines).toEqual(['{"a":1}', '{"a":2}'])
    stop.abort()
    await following
    await closed
  })

  test('an end of the daemon is TOOL_FAILED, a refusal says why, nobody there is TOOL_MISSING', async () => {
    const never = new AbortController().signal
    const cut = follow(request('/events'), () => open.at(-1)?.destroy(), never)
    await expect(cut).rejects.toMatchObject({ code: 'TOOL_FAILED' })
    const ended = follow(request('/events'), () => open.at(-1)?.end(), never)
    await expect(ended).rejects.toMatchObject({ code: 'TOOL_FAILED', message: expect.stringContaining('ended') })
    const refused = follow(request('/refused'), () => {}, never)
    await expect(refused).rejects.toMatchObject({ code: 'TOOL_FAILED', message: expect.stringContaining('bad filter') })
    const absent = follow({ ...request('/events'), socket: join(folder, 'none.sock') }, () => {}, never)
    await expect(absent).rejects.toMatchObject({ code: 'TOOL_MISSING' })
  })
})
