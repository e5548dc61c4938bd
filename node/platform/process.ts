import type { Readable } from 'node:stream'
import { execa } from 'execa'
import type { ProcessCommand, Result } from './exec.ts'
import { processFailure, timedOut, toolFailed, toolMissing } from './failure.ts'

/** After a time limit a process has this long to end by SIGTERM before SIGKILL. */
const GRACE_MS = 1000
/** A process that is over while something it left behind (a daemon) still holds its output: no longer is read than this. */
const DRAIN_MS = 200
/** Of standard output and of standard error each, in bytes. */
export const OUTPUT_LIMIT = 16 * 1024 * 1024
/** A command's time limit unless it says otherwise. */
export const DEFAULT_TIMEOUT_MS = 30_000

/** Runs one process to its end. Rejects as `Exec.run` says. */
export const runProcess = async (command: ProcessCommand, signal?: AbortSignal): Promise<Result> => {
  const timeoutMs = command.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const overflow = new AbortController()
  const started = start(
    command,
    timeoutMs,
    signal === undefined ? overflow.signal : AbortSignal.any([signal, overflow.signal]),
  )
  const stdout = collect(started.stdout, () => overflow.abort())
  const stderr = collect(started.stderr, () => overflow.abort())
  const drain = drainOnExit(started)
  const ended = await started.finally(() => clearTimeout(drain.timer))
  if (overflow.signal.aborted) throw toolFailed(command, `more than ${OUTPUT_LIMIT} bytes of output`)
  if (ended.timedOut) throw timedOut(command, timeoutMs)
  if (ended.code === 'ENOENT') throw toolMissing(command, ended)
  if (ended.isCanceled) throw toolFailed(command, 'stopped on request')
  if (ended.isTerminated) throw toolFailed(command, `ended by ${ended.signal ?? 'a signal'}`)
  if (ended.exitCode === undefined) throw toolFailed(command, ended.originalMessage ?? 'it did not start', ended)
  const result: Result = { code: ended.exitCode, stdout: stdout(), stderr: stderr() }
  const failure = processFailure(command, result)
  if (failure !== undefined) throw failure
  return result
}

/** Output is not left to execa: it writes all of it into the message of each failure, which takes seconds for megabytes. */
const start = (command: ProcessCommand, timeoutMs: number, cancelSignal: AbortSignal) =>
  execa(command.file, command.args, {
    reject: false,
    env: { LC_ALL: 'C' },
    buffer: false,
    timeout: timeoutMs,
    forceKillAfterDelay: GRACE_MS,
    input: command.stdin ?? '',
    cancelSignal,
  })

const collect = (stream: Readable, onOverflow: () => void): (() => string) => {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= OUTPUT_LIMIT) chunks.push(chunk)
    else onOverflow()
  })
  return () => Buffer.concat(chunks).toString('utf8')
}

/** Ends the reading once nothing came for a while; a poll of the streams lies between the time and the verdict, as the loop may have stalled. */
const drainOnExit = (started: ReturnType<typeof start>): { timer?: NodeJS.Timeout } => {
  const drain: { timer?: NodeJS.Timeout } = {}
  const streams = [started.stdout, started.stderr]
  let pieces = 0
  for (const stream of streams)
    stream.on('data', () => {
      pieces += 1
    })
  const onQuiet = (): void => {
    const before = pieces
    setImmediate(() => {
      if (pieces === before) for (const stream of streams) stream.destroy()
      else drain.timer?.refresh()
    })
  }
  started.nodeChildProcess.once('exit', () => {
    drain.timer = setTimeout(onQuiet, DRAIN_MS)
  })
  return drain
}
