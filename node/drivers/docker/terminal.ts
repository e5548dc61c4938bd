import { request } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { MeshError } from '#core/model/errors.ts'
import type { Exec } from '#platform/exec.ts'
import { TERMINAL_ENV, type Terminal, type TerminalSize, type TerminalWish } from '../terminal.ts'
import { decodeJson } from '../tool-output.ts'

const Created = z.looseObject({ Id: z.string() })
const Inspected = z.looseObject({ Running: z.boolean(), ExitCode: z.number().nullish(), Pid: z.number().nullish() })

/** The engine answers a start at once. */
const START_MS = 30_000
/** A shell that is hung up has this long to end by itself. */
const GRACE_MS = 2_000
const LOOK_MS = 100
const SIZE_TRIES = 10

/** Which engine, and the door to it. */
export interface DockerConsole {
  readonly socket: string
  readonly exec: Exec
}

/** A program with a terminal in a running container. Rejects with NOT_FOUND, TOOL_MISSING, TOOL_FAILED. */
export async function openContainerTerminal(
  engine: DockerConsole,
  container: string,
  wish: TerminalWish,
): Promise<Terminal> {
  const id = await create(engine, container, wish)
  const wire = await start(engine, id)
  wire.on('error', () => wire.destroy())
  // Of the size a command is made with docker 28.2 knows nothing later; right after the start another one may come too early.
  for (let tries = 0; tries < SIZE_TRIES && !(await resize(engine, id, wish)); tries++) await pause(LOOK_MS)
  return {
    output: outputOf(wire),
    write: (bytes) => write(wire, bytes),
    resize: async (size) => void (await resize(engine, id, size)),
    exitCode: async () => (await inspect(engine, id))?.exitCode,
    close: async () => {
      wire.destroy()
      await hangUp(engine, id)
    },
  }
}

async function create({ socket, exec }: DockerConsole, container: string, wish: TerminalWish): Promise<string> {
  const created = await exec.run({
    socket,
    method: 'POST',
    path: `/containers/${encodeURIComponent(container)}/exec`,
    okStatus: [201, 404],
    body: {
      Cmd: wish.argv,
      Tty: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Env: Object.entries(TERMINAL_ENV).map(([name, value]) => `${name}=${value}`),
    },
  })
  if (created.code === 404) throw new MeshError('NOT_FOUND', `there is no container ${container}`, { container })
  return decodeJson('docker exec', created.stdout, Created).Id
}

/** On a connection of its own, which becomes the terminal: undici cannot send a body with the request to change it. */
function start({ socket }: DockerConsole, id: string): Promise<Socket> {
  const body = JSON.stringify({ Detach: false, Tty: true })
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'Upgrade',
    upgrade: 'tcp',
  }
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void =>
      reject(new MeshError('TOOL_FAILED', `a terminal cannot be opened: ${why}`, {}, cause))
    const starting = request({
      socketPath: socket,
      method: 'POST',
      path: `/exec/${id}/start`,
      headers,
      timeout: START_MS,
    })
    starting.once('timeout', () => starting.destroy(new Error(`no answer within ${START_MS / 1_000} s`)))
    starting.on('error', (error) => fail(error.message, error))
    starting.once('response', async (response) => {
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      fail(`status ${response.statusCode}: ${text.trim().slice(0, 400)}`)
    })
    starting.once('upgrade', (_response, stream, head) => {
      const wire = stream as Socket
      wire.setTimeout(0)
      if (head.length > 0) wire.unshift(head)
      resolve(wire)
    })
    starting.end(body)
  })
}

async function* outputOf(wire: Socket): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of wire) yield chunk as Uint8Array
  } catch {
    // The engine, or `close`, ended it.
  }
}

function write(wire: Socket, bytes: Uint8Array): Promise<void> {
  if (wire.destroyed || wire.write(bytes)) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      wire.off('drain', done)
      wire.off('close', done)
      resolve()
    }
    wire.on('drain', done)
    wire.on('close', done)
  })
}

async function resize({ socket, exec }: DockerConsole, id: string, { cols, rows }: TerminalSize): Promise<boolean> {
  const path = `/exec/${id}/resize?h=${rows}&w=${cols}`
  const asked = exec.run({ socket, method: 'POST', path, timeoutMs: START_MS })
  return asked.then(
    () => true,
    () => false,
  )
}

async function inspect(
  { socket, exec }: DockerConsole,
  id: string,
): Promise<{ readonly pid?: number; readonly exitCode?: number } | undefined> {
  try {
    const read = await exec.run({ socket, method: 'GET', path: `/exec/${id}/json`, timeoutMs: START_MS })
    const { Running, Pid, ExitCode } = decodeJson('docker exec', read.stdout, Inspected)
    if (Running) return typeof Pid === 'number' && Pid > 1 ? { pid: Pid } : {}
    return typeof ExitCode === 'number' ? { exitCode: ExitCode } : {}
  } catch {
    return undefined
  }
}

/** The engine leaves the program of a terminal that nobody reads any more running: it is told so, and ended where that does not help. */
async function hangUp(engine: DockerConsole, id: string): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const pid = (await inspect(engine, id))?.pid
    if (pid === undefined || waitedMs > 2 * GRACE_MS) return
    const signal = waitedMs < GRACE_MS ? 'HUP' : 'KILL'
    const isTime = waitedMs === 0 || signal === 'KILL'
    const command = { file: 'kill', args: ['-s', signal, '--', String(pid)], okCodes: [0, 1] }
    if (isTime) await engine.exec.run(command).catch(() => undefined)
    await pause(LOOK_MS)
  }
}
