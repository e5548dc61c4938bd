import { z } from 'zod'
import { MeshError } from '#core/model/errors.ts'
import type { ConsoleInput, ConsoleOutput } from '../port.ts'

/** The first byte of each message between two hosts: bytes of the terminal, or JSON. */
const DATA = 0
const JSON_TEXT = 1

const side = z.int().min(1).max(1_000)
const count = z.int().min(0)

/** Sizes of a terminal that make sense, in characters. */
export const terminalSize = { cols: side, rows: side }

const Input: z.ZodType<ConsoleInput> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resize'), ...terminalSize }),
  z.object({ type: z.literal('ack'), bytes: count }),
])

const Output: z.ZodType<ConsoleOutput> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('opened'), session: z.string(), host: z.string(), node: z.string(), offset: count }),
  z.object({ type: z.literal('size'), cols: z.int(), rows: z.int() }),
  z.object({ type: z.literal('taken'), bytes: count }),
  z.object({ type: z.literal('exit'), code: z.int() }),
])

/** A message as it travels between hosts. */
export function encodeConsole(message: ConsoleInput | ConsoleOutput): Uint8Array {
  const { type } = message
  const rest = type === 'data' ? message.bytes : Buffer.from(JSON.stringify(message))
  const bytes = new Uint8Array(rest.length + 1)
  bytes[0] = type === 'data' ? DATA : JSON_TEXT
  bytes.set(rest, 1)
  return bytes
}

/** From a viewer on another host; undefined where a later version says what this one does not know. BAD_INPUT where it cannot be read. */
export const decodeInput = (bytes: Uint8Array): ConsoleInput | undefined => decode(bytes, Input)

/** To a viewer on this host, as {@link decodeInput}. */
export const decodeOutput = (bytes: Uint8Array): ConsoleOutput | undefined => decode(bytes, Output)

function decode<T>(bytes: Uint8Array, shape: z.ZodType<T>): T | { type: 'data'; bytes: Uint8Array } | undefined {
  if (bytes[0] === DATA) return { type: 'data', bytes: bytes.subarray(1) }
  return shape.safeParse(parsed(bytes.subarray(1))).data
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch {
    throw new MeshError('BAD_INPUT', 'a message of a console that is no JSON')
  }
}
