import { type Dispatcher, Pool, request } from 'undici'
import { MeshError } from '#core/model/errors.ts'
import type { Result, SocketCommand } from './exec.ts'
import { isProgress, requestFailure, timedOut, toolFailed, toolMissing } from './failure.ts'
import { operationOf, outcomeOf, waitCommand } from './operation.ts'
import { DEFAULT_TIMEOUT_MS, OUTPUT_LIMIT } from './process.ts'
import { bodyOf } from './request-body.ts'

/** Requests at once on one socket; more of them gain nothing on docker (measured: parallel gains stop at 4 on 2 cores). */
const CONNECTIONS = 8
/** Of a stream of progress only this much of its end is kept, in bytes. */
const PROGRESS_TAIL_BYTES = 65_536
/** A daemon that waits so long on request answers a little later. */
const WAIT_GRACE_MS = 5_000

/** Sends requests to daemons on unix sockets, over connections that are kept. */
export const createRequester = (): ((command: SocketCommand, signal?: AbortSignal) => Promise<Result>) => {
  const pools = new Map<string, Pool>()
  const poolFor = (command: SocketCommand): Pool => {
    const key = `${sortOf(command)} ${command.socket}`
    const pool =
      pools.get(key) ??
      new Pool('http://localhost', { connect: { socketPath: command.socket }, connections: CONNECTIONS })
    pools.set(key, pool)
    return pool
  }
  return async (command, signal) => {
    const result = await sendWhole(command, poolFor(command), signal)
    const failure = requestFailure(command, result)
    if (failure !== undefined) throw failure
    return result
  }
}

/**
 * Each sort on connections of its own, so that reading the host waits for no other: pulls last minutes, and a hundred containers that are
 * to be made stand in line for seconds.
 */
const sortOf = (command: SocketCommand): 'long' | 'reading' | 'changing' => {
  if (isProgress(command) || command.awaitsEnd === true) return 'long'
  return command.method === 'GET' ? 'reading' : 'changing'
}

/** Sends it, and waits for the end of what it began where the command asks for that; its time limit is for both. */
const sendWhole = async (
  command: SocketCommand,
  dispatcher: Dispatcher,
  signal: AbortSignal | undefined,
): Promise<Result> => {
  const startMs = performance.now()
  const answer = await send(command, dispatcher, signal)
  const operation = command.awaitsEnd === true ? operationOf(answer) : undefined
  if (operation === undefined) return answer
  const timeoutMs = command.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const leftMs = Math.max(1_000, Math.round(timeoutMs - (performance.now() - startMs)))
  const wait = { ...waitCommand(command, operation, leftMs), timeoutMs: leftMs + WAIT_GRACE_MS }
  return outcomeOf(await send(wait, dispatcher, signal), command, timeoutMs)
}

const send = async (
  command: SocketCommand,
  dispatcher: Dispatcher,
  signal: AbortSignal | undefined,
): Promise<Result> => {
  const timeoutMs = command.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const deadline = AbortSignal.timeout(timeoutMs)
  const sent = await bodyOf(command).catch((error: Error) => {
    throw toolFailed(command, `cannot send a file: ${error.message}`, error)
  })
  try {
    const { statusCode, body } = await request(`http://localhost${command.path}`, {
      dispatcher,
      method: command.method,
      headersTimeout: 0,
      bodyTimeout: 0,
      signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      ...sent,
    })
    return { code: statusCode, stdout: await readAll(command, body), stderr: '' }
  } catch (error) {
    if (error instanceof MeshError) throw error
    if (signal?.aborted === true) throw toolFailed(command, 'stopped on request')
    if (deadline.aborted) throw timedOut(command, timeoutMs)
    throw connectionFailure(command, error)
  }
}

const readAll = async (command: SocketCommand, body: AsyncIterable<Buffer>): Promise<string> => {
  const keepsTail = isProgress(command)
  let chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (keepsTail && size > 2 * PROGRESS_TAIL_BYTES) {
      chunks = [Buffer.concat(chunks).subarray(-PROGRESS_TAIL_BYTES)]
      size = PROGRESS_TAIL_BYTES
    }
    if (size > OUTPUT_LIMIT) throw toolFailed(command, `more than ${OUTPUT_LIMIT} bytes of answer`)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** What went wrong with the connection to a daemon: TOOL_MISSING where nothing answers, else TOOL_FAILED. */
export const connectionFailure = (command: SocketCommand, error: unknown): MeshError => {
  if (error instanceof MeshError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK') return toolMissing(command, error)
  const why =
    code === 'EACCES' ? 'no permission to use this socket' : error instanceof Error ? error.message : String(error)
  return toolFailed(command, why, error)
}
