import type { MessageStream, StreamMuxerFactory } from '@libp2p/interface'
import { yamux } from '@libp2p/yamux'
import { expect, test } from 'vitest'
import { createMuxer } from './muxer.ts'

const silent = (): void => undefined
const log = Object.assign(silent, { trace: silent, error: silent, enabled: false, newScope: (): unknown => log })

/** A connection as a muxer sees it; it closes under whoever still sends. */
class Connection extends EventTarget {
  readonly log = log
  status: MessageStream['status'] = 'open'
  canSend = true
  sent = 0
  send(_bytes: unknown): boolean {
    if (!this.canSend || this.status !== 'open') throw new Error('Cannot write to a stream that is closed')
    this.sent += 1
    return true
  }
  abort(): void {
    this.status = 'aborted'
    this.dispatchEvent(new Event('close'))
  }
}

/** What nothing caught until the next turn of the event loop. */
const uncaughtDuring = async (work: () => void): Promise<readonly unknown[]> => {
  const errors: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const note = (error: unknown): void => void errors.push(error)
  process.on('uncaughtException', note)
  try {
    work()
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.off('uncaughtException', note)
    for (const other of others) process.on('uncaughtException', other)
  }
  return errors
}

/** Opens a stream over a connection, which changes before the first frame is sent. */
const open = (
  make: () => StreamMuxerFactory,
  connection: Connection,
  change: Partial<Connection>,
): Promise<readonly unknown[]> => {
  const muxer = make().createStreamMuxer(connection as unknown as MessageStream)
  return uncaughtDuring(() => {
    void Promise.resolve(muxer.createStream()).catch(silent)
    Object.assign(connection, change)
  })
}

test('frames are sent over a connection that stands', async () => {
  const connection = new Connection()
  expect(await open(createMuxer(), connection, {})).toEqual([])
  expect(connection).toMatchObject({ status: 'open' })
  expect(connection.sent).toBeGreaterThan(0)
})

test('a connection that is closing as a stream is opened closes as it would', async () => {
  const connection = new Connection()
  expect(await open(createMuxer(), connection, { status: 'closing' })).toEqual([])
  expect(connection.status).toBe('closing')
})

test('a connection that cannot send any more is given up, and nothing else with it', async () => {
  const connection = new Connection()
  expect(await open(createMuxer(), connection, { canSend: false })).toEqual([])
  expect(connection.status).toBe('aborted')
})

test('yamux by itself would end the process; were it not so, the guard could go', async () => {
  expect(await open(yamux(), new Connection(), { canSend: false })).toHaveLength(1)
})
