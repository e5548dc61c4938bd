import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Client, connectionFailure, createClient } from './client.ts'
import type { Target } from './target.ts'

const SOCKET: Target = { type: 'socket', path: '/run/s.sock' }

describe('connectionFailure', () => {
  it.each([
    ['ENOENT', 'no agent is running here: there is no socket /run/s.sock', 'skein run'],
    ['ECONNREFUSED', 'no agent answers at /run/s.sock', 'skein run'],
    ['EACCES', 'not allowed to use /run/s.sock', 'group skein'],
    ['EPERM', 'not allowed to use /run/s.sock', 'sudo'],
    ['ETIMEDOUT', 'the agent at /run/s.sock does not answer', 'log'],
    ['ECONNRESET', 'the agent at /run/s.sock cannot be reached: boom', 'skein run'],
  ])('%s', (code, message, hint) => {
    const error = connectionFailure(SOCKET, Object.assign(new Error('boom'), { code }))
    expect(error).toMatchObject({
      exitCode: 3,
      failure: { error: 'UNREACHABLE', message, hint: expect.stringContaining(hint) },
    })
  })
})

describe('what is not an agent', () => {
  let close = () => {}
  afterEach(() => close())

  async function serve(listener: RequestListener): Promise<Client> {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    close = () => {
      server.closeAllConnections()
      server.close()
    }
    const { port } = server.address() as AddressInfo
    return createClient({ type: 'tcp', origin: `http://127.0.0.1:${port}`, host: '127.0.0.1', port })
  }

  it.each([
    ['a page', 200, '<html>'],
    ['another error shape', 500, '{"error":"x"}'],
    ['nothing', 502, ''],
  ])('%s', async (_what, status, body) => {
    const client = await serve((_request, response) => void response.writeHead(status).end(body))
    await expect(client.get('/v1/hosts')).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining(`answered GET /v1/hosts with status ${status} and not as an agent does`),
    })
  })

  it('one that hangs up', async () => {
    const client = await serve((request) => void request.socket.destroy())
    await expect(client.get('/v1/hosts')).rejects.toMatchObject({ exitCode: 3 })
  })

  it('one that hangs up half way', async () => {
    const client = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('[', () => response.destroy())
    })
    await expect(client.get('/v1/hosts')).rejects.toMatchObject({ exitCode: 3 })
  })

  it('one that is silent', async () => {
    const client = await serve(() => {})
    await expect(client.get('/v1/hosts', { idleMs: 20 })).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('does not answer'),
    })
  })
})
