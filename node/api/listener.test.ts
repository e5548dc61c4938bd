import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createListener, type Listener } from './listener.ts'

let listener: Listener | undefined
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await listener?.stop()
  listener = undefined
})

const open = async (port = 0): Promise<Listener> => {
  listener = createListener({
    address: '127.0.0.1',
    port,
    tls: false,
    onRequest: (asked, answer) => void asked.resume().on('end', () => answer.end('here')),
    onUpgrade: (_request, socket) => void socket.destroy(),
  })
  await listener.start()
  return listener
}
const dial = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}
const said = async (socket: Socket): Promise<string> => {
  let text = ''
  socket.on('data', (piece) => {
    text += piece
  })
  await once(socket, 'close')
  return text
}
const answer = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.on('error', reject)
    asked.end()
  })

test('a port that is taken is named, with the setting that chooses another', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  await expect(open(port)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('api-port') })
  other.close()
})

test('who is slow with a request is let go, and others are answered meanwhile', { timeout: 60_000 }, async () => {
  const { port } = await open()
  const slow = await Promise.all([dial(port), dial(port), dial(port)])
  slow[0]?.write('GET / HTTP/1.1\r\nhost: x\r\nx-a: ')
  slow[1]?.write('G')
  expect(await answer(port)).toBe(200)
  await Promise.all(slow.map((socket) => said(socket)))
  expect(await answer(port)).toBe(200)
})

test.each([
  ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1.1 400 /],
  [
    'far too many headers',
    `GET / HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(40_000)}\r\n\r\n`,
    /^HTTP\/1.1 (?:400|431) /,
  ],
  ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', /^HTTP\/1.1 400 /],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    /^HTTP\/1.1 400 /,
  ],
])('%s is answered and cut off', async (_what, text, form) => {
  const { port } = await open()
  const socket = await dial(port)
  socket.write(text)
  expect(await said(socket)).toMatch(form)
})

test('one address has no more connections than it needs', { timeout: 60_000 }, async () => {
  const { port } = await open()
  const all: Socket[] = []
  for (let at = 0; at < 510; at += 1) all.push(await dial(port))
  await expect.poll(() => all.filter((socket) => socket.closed).length, { timeout: 20_000 }).toBe(10)
  all[0]?.destroy()
  await expect.poll(() => answer(port).catch(() => 0), { timeout: 20_000 }).toBe(200)
})
