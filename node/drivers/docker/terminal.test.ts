import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createExec } from '#platform/run.ts'
import { fakeExec } from '../fake-exec.ts'
import { openContainerTerminal } from './terminal.ts'

/** Whatever else the machine does meanwhile. */
vi.setConfig({ testTimeout: 60_000 })
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000 })

const WISH = { argv: ['sh'], cols: 80, rows: 24 }
let folder: string
let server: Server
let asked: string[]
let wires: Socket[]
/** What the engine says of the program. */
let state: object
let startStatus: number
/** How it is ended, by `kill`. */
let kills: string[]

const socketPath = () => join(folder, 'docker.sock')
const engine = () => {
  const real = createExec()
  const fake = fakeExec({
    kill: (args) => {
      kills.push(args.join(' '))
      state = { Running: false, ExitCode: 129 }
      return {}
    },
  })
  const run: typeof real.run = (command, signal) => ('socket' in command ? real : fake).run(command, signal)
  return { socket: socketPath(), exec: { run } }
}
const open = () => openContainerTerminal(engine(), 'c1', WISH)
const textOf = async (output: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = []
  for await (const bytes of output) chunks.push(bytes)
  return Buffer.concat(chunks).toString()
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-terminal-'))
  asked = []
  wires = []
  kills = []
  state = { Running: true, Pid: 4711, ExitCode: null }
  startStatus = 101
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    asked.push(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`)
    if (request.url?.startsWith('/containers/gone/') === true) response.writeHead(404).end('{}')
    else if (request.url === '/containers/c1/exec') response.writeHead(201).end(JSON.stringify({ Id: 'e1' }))
    else if (request.url === '/exec/e1/json') response.end(JSON.stringify(state))
    else response.writeHead(201).end()
  })
  server.on('upgrade', (request, stream) => {
    const wire = stream as Socket
    asked.push(`${request.method} ${request.url}`)
    wires.push(wire)
    wire.on('error', () => {})
    const head =
      startStatus === 101
        ? 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n$ '
        : 'HTTP/1.1 409 Conflict\r\nContent-Length: 10\r\n\r\nnot there!'
    wire.write(head)
  })
  await new Promise<void>((resolve) => server.listen(socketPath(), resolve))
})
afterEach(async () => {
  for (const wire of wires) wire.destroy()
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

describe('a terminal in a container', () => {
  test('carries bytes both ways, from the very first, and ends with the code of its program', async () => {
    const terminal = await open()
    const output = textOf(terminal.output)
    const heard = once(wires[0] as Socket, 'data')
    await terminal.write(Buffer.from('größe\r'))
    expect(String(await heard)).toContain('größe\r')
    wires[0]?.write(Buffer.from('größe\r\n'))
    state = { Running: false, ExitCode: 7 }
    wires[0]?.end()
    expect(await output).toBe('$ größe\r\n')
    expect(await terminal.exitCode()).toBe(7)
    expect(asked).toContain('POST /exec/e1/resize?h=24&w=80 ')
    expect(JSON.parse(asked[0]?.replace('POST /containers/c1/exec ', '') ?? '')).toMatchObject({
      Tty: true,
      AttachStdin: true,
      Cmd: ['sh'],
      Env: ['TERM=xterm-256color', 'COLORTERM=truecolor'],
    })
  })

  test('is resized', async () => {
    const terminal = await open()
    await terminal.resize({ cols: 120, rows: 40 })
    expect(asked.at(-1)).toContain('POST /exec/e1/resize?h=40&w=120')
  })

  test('is read no faster than it is taken', async () => {
    const terminal = await open()
    const pieces = terminal.output[Symbol.asyncIterator]()
    await pieces.next()
    const wire = wires[0] as Socket
    let sent = 0
    for (; sent < 200 && wire.writableLength < 8 * 1024 * 1024; sent++) wire.write(Buffer.alloc(64 * 1024))
    await soon(() => expect(wire.writableLength).toBeGreaterThan(4 * 1024 * 1024))
    wire.end()
    for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next())
      sent -= piece.value.length / 65_536
    expect(sent).toBeCloseTo(0)
  })

  test('hangs up its program when it is closed, for the engine does not', async () => {
    const terminal = await open()
    await terminal.close()
    expect(kills).toEqual(['-s HUP -- 4711'])
    expect(await textOf(terminal.output)).toBe('')
    await terminal.write(Buffer.from('nobody hears this'))
  })

  test('does not know the code of a program that went with its container', async () => {
    const terminal = await open()
    server.closeAllConnections()
    server.close()
    wires[0]?.destroy()
    await textOf(terminal.output)
    expect(await terminal.exitCode()).toBeUndefined()
  })

  test('that cannot be opened says why', async () => {
    await expect(openContainerTerminal(engine(), 'gone', WISH)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    startStatus = 409
    await expect(open()).rejects.toMatchObject({ code: 'TOOL_FAILED', message: expect.stringContaining('not there!') })
    await expect(openContainerTerminal({ ...engine(), socket: '/nowhere' }, 'c1', WISH)).rejects.toMatchObject({
      code: 'TOOL_MISSING',
    })
  })
})
