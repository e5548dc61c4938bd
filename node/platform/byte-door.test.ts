import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { type ByteDoor, type ByteDoorOptions, callByteDoor, openByteDoor } from './byte-door.ts'

const never = new AbortController().signal
const doors: ByteDoor[] = []
afterEach(async () => void (await Promise.all(doors.splice(0).map((door) => door.close()))))

const open = async (give: ByteDoorOptions['give'], mayCall = (_from: string): boolean => true): Promise<ByteDoor> => {
  const door = await openByteDoor({ address: '127.0.0.1', port: 0, mayCall, give })
  doors.push(door)
  return door
}
const call = (door: Pick<ByteDoor, 'port'>, ticket = 't', signal = never, localAddress = '127.0.0.1') =>
  callByteDoor({ address: '127.0.0.1', port: door.port, localAddress, ticket }, signal)
const read = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}
async function* many(count: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < count; at += 1) yield Buffer.alloc(100_000, at)
}
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await pause(5)
}

test('what belongs to a ticket comes whole, to who shows it', async () => {
  const door = await open((ticket, from) => (ticket === 'right' && from === '127.0.0.1' ? many(50) : undefined))
  expect((await read(call(door, 'right'))).equals(await read(many(50)))).toBe(true)
  await expect(read(call(door, 'wrong'))).rejects.toMatchObject({ code: 'UNREACHABLE', message: /nothing for this/ })
})

test('why nothing is given is told; that it breaks off midway is no end', async () => {
  const reasons = [new MeshError('BUSY', 'too many'), new MeshError('NOT_FOUND', 'no such part')]
  const refusing = await open(() =>
    (async function* () {
      const error = reasons.shift()
      if (error !== undefined) throw error
      yield* many(3)
      throw new Error('the disk is gone')
    })(),
  )
  await expect(read(call(refusing))).rejects.toMatchObject({ code: 'BUSY', message: 'too many' })
  await expect(read(call(refusing))).rejects.toMatchObject({ code: 'UNREACHABLE', message: 'no such part' })
  await expect(read(call(refusing))).rejects.toMatchObject({ code: 'UNREACHABLE' })
})

test('who hangs up ends it on the other side, and no more is read than is taken', async () => {
  let given = 0
  let ended = 0
  const door = await open(() =>
    (async function* () {
      try {
        for await (const chunk of many(100_000)) {
          given += 1
          yield chunk
        }
      } finally {
        ended += 1
      }
    })(),
  )
  for await (const _chunk of call(door)) break
  await until(() => ended === 1)
  const stop = new AbortController()
  const reading = call(door, 't', stop.signal)
  await reading.next()
  stop.abort()
  await expect(reading.next()).rejects.toMatchObject({ code: 'UNREACHABLE' })
  await until(() => ended === 2)
  expect(given).toBeLessThan(1_000)
})

test('strangers are cut off before they say anything', async () => {
  let asked = 0
  const door = await open(
    () => {
      asked += 1
      return many(1)
    },
    (from) => from !== '127.0.0.2',
  )
  await expect(read(call(door, 't', never, '127.0.0.2'))).rejects.toMatchObject({ code: 'UNREACHABLE' })
  expect(asked).toBe(0)
  const silent = connect({ host: '127.0.0.1', port: door.port, localAddress: '127.0.0.2' })
  silent.on('error', () => undefined)
  await new Promise((resolve) => silent.on('close', resolve))
})

test('a port that is taken, nobody there, and an address this host has not are told', async () => {
  const door = await open(() => many(1))
  const same = { address: '127.0.0.1', port: door.port, mayCall: () => true, give: () => undefined }
  await expect(openByteDoor(same)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await expect(read(call(door, 't', never, '192.0.2.1'))).rejects.toMatchObject({ message: /EADDRNOTAVAIL/ })
  await doors.pop()?.close()
  await expect(read(call(door))).rejects.toMatchObject({ code: 'UNREACHABLE', message: /ECONNREFUSED/ })
})
