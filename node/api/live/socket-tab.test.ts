import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { LabView } from '#agent/port.ts'
import { createFakeAgent } from '#testing/fake-agent.ts'
import { pendingView } from '#testing/fake-agent-views.ts'
import { labSample } from '#testing/lab-samples.ts'
import { LiveHub } from './hub.ts'
import { MAX_WAITING_BYTES } from './member.ts'
import { openTab } from './socket-tab.ts'

const LINKS = 400
const names = Array.from({ length: LINKS }, (_, at) => `r${at}`)
const LARGE: LabView = pendingView(
  labSample({
    name: 'one',
    nodes: Object.fromEntries(names.map((name) => [name, {}])),
    links: names.map((name, at) => [`${name}:eth1`, `r${(at + 1) % LINKS}:eth2`]),
  }),
  1,
)

describe('a tab over a real connection', () => {
  let server: WebSocketServer
  let nowMs = 0
  const agent = createFakeAgent()
  const hub = new LiveHub({ agent, clock: { nowMs: () => nowMs, monotonicMs: () => nowMs } })
  const sockets: WebSocket[] = []

  /** Everything of the lab has changed. */
  const change = (look: number): void =>
    void agent.views.set('one', { ...LARGE, links: LARGE.links.map((link) => ({ ...link, mtu: look, vni: look })) })

  beforeEach(async () => {
    change(0)
    server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
    server.on('connection', (socket) => {
      sockets.push(socket)
      openTab(socket, hub, { who: 'ann', mayStay: () => true })
    })
    await once(server, 'listening')
  })
  afterEach(() => {
    for (const socket of sockets) socket.terminate()
    server.close()
  })

  test('that takes nothing off holds no more than a little memory, and is let go', { timeout: 60_000 }, async () => {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    client.on('error', () => {})
    client.write(
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
    await once(server, 'connection')
    const [socket] = sockets
    if (socket === undefined) throw new Error('it did not come')
    // A masked text frame, RFC 6455 §5.2, with a mask of zeros.
    const ask = Buffer.from('{"type":"watch","lab":"one"}')
    client.write(Buffer.concat([Buffer.from([0x81, 0x80 | ask.length, 0, 0, 0, 0]), ask]))
    await once(socket, 'message')
    let most = 0
    for (let look = 1; socket.readyState === socket.OPEN && look < 5_000; look += 1) {
      change(look)
      nowMs += 500
      hub.look()
      most = Math.max(most, socket.bufferedAmount)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(socket.readyState).not.toBe(socket.OPEN)
    expect(most).toBeGreaterThan(MAX_WAITING_BYTES)
    // The bound, and one message that was begun below it.
    expect(most).toBeLessThan(2 * MAX_WAITING_BYTES)
    client.destroy()
  })
})
