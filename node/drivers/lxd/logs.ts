import { setTimeout as pause } from 'node:timers/promises'
import { MeshError } from '#core/model/errors.ts'
import type { Bytes } from '#platform/exec.ts'
import { LogLines, type LogsWish } from '../log-lines.ts'
import { instancePath } from './requests.ts'

/** LXD tells nobody when its console log grows: it is read again after this time, unless told. */
const LOOK_MS = 1_000
/** The end of what was given, by which the rest is found where LXD has dropped the begin. */
const ANCHOR_BYTES = 1_024

interface InstanceLogs {
  readonly socket: string
  readonly bytes: Bytes
}

/**
 * What an instance has printed on its console, as LXD kept it, and prints from now on where that is wished for: JSON, one value a line. LXD
 * does not date its lines: BAD_INPUT where a time is wished for.
 */
export async function* instanceLogs(
  lxd: InstanceLogs,
  instance: string,
  ...[wish, signal, lookMs = LOOK_MS]: [wish: LogsWish, signal: AbortSignal, lookMs?: number]
): AsyncGenerator<Uint8Array, void> {
  if (wish.since !== undefined)
    throw new MeshError(
      'BAD_INPUT',
      `LXD keeps the console of ${instance} without dates: leave out --since, or run journalctl inside`,
    )
  const lines = new LogLines()
  let before = await consoleOf(lxd, instance, signal)
  lines.add('stdout', lastLines(before, wish.tail))
  while (wish.follow === true && !signal.aborted) {
    yield* lines.taken()
    await pause(lookMs, undefined, { signal }).catch(() => undefined)
    const now = await consoleOf(lxd, instance, signal)
    lines.add('stdout', added(before, now))
    if (now.length > 0) before = now
  }
  yield* lines.ended()
}

async function consoleOf({ socket, bytes }: InstanceLogs, instance: string, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of bytes({ socket, method: 'GET', path: instancePath(instance, '/console') }, signal))
      chunks.push(chunk)
  } catch (error) {
    // LXD 5.0 fails in these words where nothing was printed yet.
    if (!(error instanceof MeshError) || !error.message.includes('open : no such file')) throw error
  }
  return Buffer.concat(chunks)
}

/** What came since: the log grew, lost its begin, or is that of a new start. */
function added(before: Buffer, now: Buffer): Buffer {
  if (now.subarray(0, before.length).equals(before)) return now.subarray(before.length)
  const anchor = before.subarray(-ANCHOR_BYTES)
  const at = now.lastIndexOf(anchor)
  return at < 0 ? now : now.subarray(at + anchor.length)
}

function lastLines(bytes: Buffer, count: number | undefined): Buffer {
  if (count === undefined) return bytes
  if (count === 0) return Buffer.alloc(0)
  let at = bytes.length - 1
  for (let left = count; left > 0 && at > 0; left--) at = bytes.lastIndexOf('\n', at - 1)
  return at < 0 ? bytes : bytes.subarray(at + 1)
}
