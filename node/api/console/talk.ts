import type { FastifyBaseLogger } from 'fastify'
import type { WebSocket } from 'ws'
import { z } from 'zod'
import type { AgentPort, ConsoleAsk, ConsoleInput } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import { decode } from '../decode.ts'
import { Inbox } from './inbox.ts'
import { Line } from './line.ts'

/** What a client may have sent that was not passed on. */
const MAX_WAITING_BYTES = 2 * 1024 * 1024
/** What is passed on at once. */
const PIECE_BYTES = 32 * 1024
/** How often a client that says nothing is asked whether it is there, and after how many silent times it is not. */
const BEAT_MS = 20_000
const SILENT_BEATS = 3

const side = z.int().min(1).max(1_000)
const control: z.ZodType<ConsoleInput> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resize'), cols: side, rows: side }),
])

/** One viewer of a terminal: binary messages are its bytes, texts are JSON. Ends with the terminal or with the connection; never rejects. */
export async function talk(
  socket: WebSocket,
  {
    ask,
    agent,
    log,
  }: { readonly ask: ConsoleAsk; readonly agent: Pick<AgentPort, 'console'>; readonly log: FastifyBaseLogger },
): Promise<void> {
  const gone = new AbortController()
  const input = new Inbox<ConsoleInput>(MAX_WAITING_BYTES)
  const line = new Line(socket)
  const stopBeat = beat(socket, () => line.ask())
  const fail = (error: unknown): void => {
    void line.fail(error, log)
    gone.abort()
  }
  const taking = (take: () => void): void => {
    try {
      if (!gone.signal.aborted) take()
    } catch (error) {
      fail(error)
    }
  }
  socket.on('message', (data: Buffer, isBinary) => taking(() => hear(input, data, isBinary)))
  socket.on('pong', (data) => taking(() => input.put({ type: 'ack', bytes: line.arrived(data) }, 0)))
  socket.once('close', () => gone.abort())
  socket.on('error', () => socket.terminate())
  gone.signal.addEventListener('abort', () => input.end())
  try {
    for await (const message of agent.console(ask, input, gone.signal)) await line.say(message)
    if (!gone.signal.aborted) socket.close(1000)
  } catch (error) {
    if (!gone.signal.aborted) await line.fail(error, log)
  } finally {
    stopBeat()
    gone.abort()
  }
}

function hear(input: Inbox<ConsoleInput>, data: Buffer, isBinary: boolean): void {
  if (!isBinary) input.put(decode(control, parsed(data), 'message'), data.length)
  for (let at = 0; isBinary && at < data.length; at += PIECE_BYTES) {
    const bytes = data.subarray(at, at + PIECE_BYTES)
    input.put({ type: 'data', bytes }, bytes.length)
  }
}

function parsed(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString())
  } catch {
    throw new MeshError('BAD_INPUT', 'a text message of a console is JSON; bytes of the terminal are binary messages')
  }
}

/** Cuts off a client that is gone without a word. */
function beat(socket: WebSocket, ask: () => void): () => void {
  let silent = 0
  const hears = (): void => {
    silent = 0
  }
  socket.on('message', hears)
  socket.on('pong', hears)
  const timer = setInterval(() => {
    silent += 1
    if (silent > SILENT_BEATS) socket.terminate()
    else ask()
  }, BEAT_MS)
  return () => clearInterval(timer)
}
