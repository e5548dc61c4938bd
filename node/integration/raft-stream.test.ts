import type { Stream } from '@libp2p/interface'
import { afterEach, expect, test } from 'vitest'
import { createKeys, libp2pKey } from '#identity/keys.ts'
import { createTransport, type Transport } from '#mesh/libp2p.ts'
import { createRaftStreams, readRaft } from '#mesh/raft-streams.ts'
import { isWindowed } from '#mesh/window.ts'
import { until } from './mesh-support.ts'

const PROTOCOL = '/skein/test/raft'
const transports: Transport[] = []
afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.stop()))
})

const transport = async (): Promise<Transport> => {
  const made = await createTransport({
    privateKey: libp2pKey(createKeys()),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    gater: {},
    guard: () => undefined,
    topic: 'none',
    seenMs: 1_000,
  })
  transports.push(made)
  return made
}

test('small messages bring no window updates back; many and large ones all arrive, in order', async () => {
  const [from, to] = [await transport(), await transport()]
  const heard: unknown[] = []
  let incoming: Stream | undefined
  await to.handle(PROTOCOL, (stream) => {
    incoming = stream
    readRaft(
      stream,
      (message) => heard.push(message),
      () => heard.push('malformed'),
    )
  })
  await Promise.all([from.start(), to.start()])
  const [address] = to.getMultiaddrs()
  if (address === undefined) throw new Error('it listens nowhere')
  const connection = await from.dial(address)
  const lanes = createRaftStreams({ protocol: PROTOCOL, connectionTo: () => connection, count: () => undefined })
  const send = (message: unknown): void => lanes.send('to' as never, message)

  for (let i = 0; i < 100; i++) send(i)
  await until('the small ones', () => heard.length === 100)
  if (incoming === undefined || !isWindowed(incoming)) throw new Error('this yamux tells of its window in another way')
  expect(incoming.recvWindow - incoming.recvWindowCapacity, 'bytes not told of').toBeGreaterThanOrEqual(500)

  const large = 'x'.repeat(100_000)
  for (let i = 0; i < 30; i++) send(`${i}${large}`)
  await until('the large ones', () => heard.length === 130)
  expect(heard).toEqual([
    ...Array.from({ length: 100 }, (_, i) => i),
    ...Array.from({ length: 30 }, (_, i) => `${i}${large}`),
  ])
})
