import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBytes } from './bytes.ts'

const bytes = createBytes()
const never = new AbortController().signal
const sh = (script: string) => ({ file: 'sh', args: ['-c', script] })
const textOf = async (from: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of from) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
const gone = async (pid: number): Promise<void> => {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('bytes of a process', () => {
  test('are all it prints, however much', async () => {
    expect((await textOf(bytes(sh('head -c 3000000 /dev/zero'), never))).length).toBe(3_000_000)
  })

  test('end with whoever reads them, and with the signal; its process too', async () => {
    for await (const chunk of bytes(sh('echo $$; exec sleep 100'), never)) {
      const pid = Number(chunk.toString())
      expect(isAlive(pid)).toBe(true)
      stopped.push(pid)
      break
    }
    const stop = new AbortController()
    for await (const chunk of bytes(sh('echo $$; exec sleep 100'), stop.signal)) {
      stopped.push(Number(chunk.toString()))
      stop.abort()
    }
    await Promise.all(stopped.map(gone))
    expect(stopped).toHaveLength(2)
  })
  const stopped: number[] = []

  test.each([
    [sh('echo out; echo why >&2; exit 3'), 'TOOL_FAILED', 'why'],
    [{ file: 'no-such-tool', args: [] }, 'TOOL_MISSING', 'no-such-tool'],
  ])('%j fails with what it said', async (command, code, text) => {
    await expect(textOf(bytes(command, never))).rejects.toMatchObject({ code, message: expect.stringContaining(text) })
  })
})

describe('bytes of a daemon', () => {
  let folder: string
  let server: Server
  let socket: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skein-bytes-'))
    socket = join(folder, 'd.sock')
    server = createServer((request, response) => {
      if (request.url !== '/logs') return void response.writeHead(404).end('{"message":"no such container"}')
      response.write('one')
      setTimeout(() => response.end('two'), 20)
    })
    await new Promise<void>((resolve) => server.listen(socket, resolve))
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('are its answer; a bad one is a failure in its words', async () => {
    expect(await textOf(bytes({ socket, method: 'GET', path: '/logs' }, never))).toBe('onetwo')
    await expect(textOf(bytes({ socket, method: 'GET', path: '/x' }, never))).rejects.toMatchObject({
      message: expect.stringContaining('no such container'),
    })
    await expect(textOf(bytes({ socket: `${socket}x`, method: 'GET', path: '/x' }, never))).rejects.toMatchObject({
      code: 'TOOL_MISSING',
    })
  })
})
