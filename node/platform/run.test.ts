import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, describe as group, test } from 'vitest'
import { createExec, describe } from './run.ts'

const exec = createExec()
const sh = (script: string) => ({ file: 'sh', args: ['-c', script] })

group('processes', () => {
  test('argv is passed as it is, without a shell', async () => {
    const { code, stdout } = await exec.run({ file: 'printf', args: ['%s|', 'a b', '$HOME', '*'] })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'a b|$HOME|*|' })
  })

  test('standard input arrives whole; without one it is empty', async () => {
    const stdin = 'x'.repeat(300_000)
    expect((await exec.run({ file: 'wc', args: ['-c'], stdin })).stdout.trim()).toBe('300000')
    expect((await exec.run({ file: 'cat', args: [] })).stdout).toBe('')
  })

  test('tells of each that is over what came of it, and how long it took', async () => {
    const told: (readonly [unknown, string, boolean])[] = []
    const watched = createExec({ onDone: (command, result, ms) => told.push([command, result, ms > 0]) })
    const [good, bad, absent] = [sh('exit 0'), sh('exit 3'), { file: 'no-such-tool', args: [] }]
    await watched.run(good)
    await Promise.allSettled([watched.run(bad)])
    await Promise.allSettled([watched.run(absent)])
    expect(told).toEqual([
      [good, 'ok', true],
      [bad, 'TOOL_FAILED', true],
      [absent, 'TOOL_MISSING', true],
    ])
  })

  test('runs with LC_ALL=C', async () => {
    expect((await exec.run(sh('echo $LC_ALL'))).stdout).toBe('C\n')
  })

  test('a failing one says what was run, its code and its words', async () => {
    await expect(exec.run(sh('echo no such thing >&2; exit 3'))).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: "sh -c 'echo no such thing >&2; exit 3': exit code 3: no such thing",
      details: { exitCode: 3 },
    })
  })

  test('a long one is cut in the message, where its words must be seen; the details have all of it', async () => {
    const script = `: ${'x'.repeat(500)}; echo no database >&2; exit 1`
    await expect(exec.run(sh(script))).rejects.toMatchObject({
      message: expect.stringMatching(/^sh -c ': x{100,120}…: exit code 1: no database$/),
      details: { command: expect.stringContaining('x'.repeat(500)) },
    })
  })

  test('codes that were called good are good', async () => {
    expect((await exec.run({ ...sh('exit 2'), okCodes: [0, 2] })).code).toBe(2)
    await expect(exec.run({ ...sh('true'), okCodes: [2] })).rejects.toMatchObject({ code: 'TOOL_FAILED' })
  })

  test('a secret one shows neither arguments nor output', async () => {
    const error = await exec.run({ ...sh('echo hunter2 >&2; exit 1'), secret: true }).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'TOOL_FAILED', message: 'sh …: exit code 1' })
    expect(JSON.stringify(error)).not.toContain('hunter2')
  })

  test.each([
    ['a tool that is not there', { file: 'no-such-tool', args: [] }, 'no-such-tool'],
    [
      'one that nsenter cannot find',
      sh('echo "nsenter: failed to execute ovs-vsctl: No such file or directory" >&2; exit 127'),
      'ovs-vsctl',
    ],
  ])('%s is TOOL_MISSING', async (_name, command, tool) => {
    await expect(exec.run(command)).rejects.toMatchObject({ code: 'TOOL_MISSING', details: { tool } })
  })

  test('the time limit ends it, also when it ignores SIGTERM and left children', async () => {
    const startMs = performance.now()
    const command = { ...sh('trap "" TERM; sleep 20 & sleep 20; sleep 20'), timeoutMs: 100 }
    await expect(exec.run(command)).rejects.toMatchObject({ code: 'TIMEOUT', details: { timeoutMs: 100 } })
    expect(performance.now() - startMs).toBeLessThan(5000)
  })

  test('a daemon it leaves behind with its output does not hold it up', async () => {
    const startMs = performance.now()
    expect(await exec.run(sh('echo started; sleep 20 & exit 0'))).toMatchObject({ code: 0, stdout: 'started\n' })
    expect(performance.now() - startMs).toBeLessThan(5000)
  })

  test('output is whole although the event loop stalled while the process ended', async () => {
    const running = exec.run(sh('head -c 60000 /dev/zero | tr "\\0" a; printf done >&2'))
    await new Promise((resolve) => setImmediate(resolve))
    const untilMs = performance.now() + 600
    while (performance.now() < untilMs);
    const { stdout, stderr } = await running
    expect({ length: stdout.length, stderr }).toEqual({ length: 60_000, stderr: 'done' })
  })

  test('too much output is a failure, not memory', async () => {
    await expect(exec.run(sh('yes | head -c 20000000'))).rejects.toMatchObject({ code: 'TOOL_FAILED' })
  })

  test('a signal stops it', async () => {
    const stop = new AbortController()
    const running = exec.run(sh('echo ready; sleep 20'), stop.signal)
    stop.abort()
    await expect(running).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('stopped on request'),
    })
    await expect(exec.run(sh('true'), stop.signal)).rejects.toMatchObject({ code: 'TOOL_FAILED' })
  })

  test('no more than eight run at once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'skein-run-'))
    const script = 'touch "$0/$$"; ls "$0" | wc -l; sleep 0.05; rm "$0/$$"'
    const runs = Array.from({ length: 24 }, () => exec.run({ file: 'sh', args: ['-c', script, folder] }))
    const counts = (await Promise.all(runs)).map((result) => Number(result.stdout))
    await rm(folder, { recursive: true })
    expect(Math.max(...counts)).toBeLessThanOrEqual(8)
    expect(Math.max(...counts)).toBeGreaterThan(1)
  })
})

group('requests', () => {
  let folder: string
  let server: Server
  let socket: string
  const asked: { method: string | undefined; url: string | undefined; body: string }[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skein-run-'))
    socket = join(folder, 'd.sock')
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        asked.push({ method: request.method, url: request.url, body })
        const path = request.url ?? ''
        if (path === '/silent') return
        if (path === '/missing') response.writeHead(404).end('{"message":"No such container: x"}')
        else if (path === '/big') response.end(Buffer.alloc(17 * 1024 * 1024, 0x61))
        else if (path.startsWith('/images/create')) progress(path, response)
        else response.end('{"ok":true}')
      })
    })
    await new Promise<void>((resolve) => server.listen(socket, resolve))
  })

  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true })
  })

  const progress = (path: string, response: { write(text: string): unknown; end(text?: string): unknown }): void => {
    for (let i = 0; i < 5000; i += 1) response.write(`{"status":"Downloading","progressDetail":{"current":${i}}}\r\n`)
    response.end(
      path.includes('bad')
        ? '{"errorDetail":{"message":"gone"},"error":"manifest for bad:1 not found"}\r\n'
        : '{"status":"Done"}\r\n',
    )
  }

  const get = (path: string) => ({ socket, method: 'GET', path }) as const
  const pull = (image: string) => ({ socket, method: 'POST', path: `/images/create?fromImage=${image}` }) as const

  test('reading waits for no change, however many stand in line', async () => {
    const changes = Array.from({ length: 20 }, () =>
      exec.run({ socket, method: 'POST', path: '/silent', timeoutMs: 1_500 }).catch((error: Error) => error.message),
    )
    const read = await exec.run({ socket, method: 'GET', path: '/containers/json', timeoutMs: 1_000 })
    expect(read.stdout).toBe('{"ok":true}')
    expect(new Set((await Promise.all(changes)).map(String)).size).toBe(1)
  })

  test('a JSON body goes out, the answer comes back', async () => {
    const result = await exec.run({ socket, method: 'POST', path: '/x?y=1', body: { a: [1] } })
    expect(result).toEqual({ code: 200, stdout: '{"ok":true}', stderr: '' })
    expect(asked.at(-1)).toEqual({ method: 'POST', url: '/x?y=1', body: '{"a":[1]}' })
  })

  test('a refusal says what was asked and why', async () => {
    await expect(exec.run(get('/missing'))).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: `GET /missing on ${socket}: status 404: No such container: x`,
      details: { status: 404 },
    })
    expect((await exec.run({ ...get('/missing'), okStatus: [404] })).code).toBe(404)
  })

  test('a request can say what its failures mean and what its answer must hold', async () => {
    const explained = {
      ...get('/missing'),
      failures: { 404: { code: 'IMAGE_MISSING', message: 'image x is not here' } },
    } as const
    await expect(exec.run(explained)).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      message: 'image x is not here: No such container: x',
    })
    const otherwise = { code: 'TOOL_FAILED', message: 'somebody else has it' } as const
    await expect(exec.run({ ...get('/x'), mustContain: { text: '"Id"', otherwise } } as never)).rejects.toMatchObject(
      otherwise,
    )
    expect((await exec.run({ ...get('/x'), mustContain: { text: '"ok"', otherwise } } as never)).code).toBe(200)
  })

  test('progress is read to its end; an error in it is a failure', async () => {
    expect((await exec.run(pull('good'))).stdout).toMatch(/"Done"/)
    await expect(exec.run(pull('bad'))).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('manifest for bad:1 not found'),
    })
  })

  test('no socket, and a socket nobody listens on, are TOOL_MISSING', async () => {
    const absent = join(folder, 'absent.sock')
    await expect(exec.run({ ...get('/x'), socket: absent })).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringContaining(absent),
    })
  })

  test('time limit, stop and size limit hold', async () => {
    await expect(exec.run({ ...get('/silent'), timeoutMs: 50 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    const stop = new AbortController()
    const running = exec.run(get('/silent'), stop.signal)
    stop.abort()
    await expect(running).rejects.toMatchObject({ code: 'TOOL_FAILED' })
    await expect(exec.run(get('/big'))).rejects.toMatchObject({ code: 'TOOL_FAILED' })
  })
})

test('describe writes what a person would type, and nothing of a secret', () => {
  expect(describe({ file: 'ip', args: ['link', 'set', "it's", 'a b'] })).toBe(`ip link set 'it'\\''s' 'a b'`)
  expect(describe({ file: 'wg', args: ['set', 'KEY'], secret: true })).toBe('wg …')
  expect(describe({ socket: '/s', method: 'DELETE', path: '/c/1?force=1' })).toBe('DELETE /c/1?force=1 on /s')
})
