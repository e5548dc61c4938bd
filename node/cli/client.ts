import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { ERRORS } from '#core/model/errors.ts'
import { CommandFailed, type Failure, toldFailure, unreachable } from './failures.ts'
import { type Target, targetText } from './target.ts'

/** One agent's API. Failures are `CommandFailed`, with the agent's own words where it gave any. */
export interface Client {
  get<T>(path: string, options?: CallOptions): Promise<T>
  post<T>(path: string, body: unknown, options?: CallOptions): Promise<T>
  delete<T>(path: string, options?: CallOptions): Promise<T>
}

interface CallOptions {
  readonly signal?: AbortSignal
  /** Without a byte from the agent; 60 s unless told, 0 for never. */
  readonly idleMs?: number
}

/** Long enough for a commit that waits for an election. */
const IDLE_MS = 60_000

/** A client for the agent at `target`. The answers are taken to be what the API of this version promises. */
export function createClient(target: Target): Client {
  return {
    get: <T>(path: string, options?: CallOptions) => call<T>(target, { method: 'GET', path, ...options }),
    post: <T>(path: string, body: unknown, options?: CallOptions) =>
      call<T>(target, { method: 'POST', path, body, ...options }),
    delete: <T>(path: string, options?: CallOptions) => call<T>(target, { method: 'DELETE', path, ...options }),
  }
}

interface Call extends CallOptions {
  readonly method: string
  readonly path: string
  readonly body?: unknown
}

async function call<T>(target: Target, { method, path, body, signal, idleMs = IDLE_MS }: Call): Promise<T> {
  const payload = body === undefined ? undefined : JSON.stringify(body)
  const headers =
    payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }
  const where = target.type === 'socket' ? { socketPath: target.path } : { host: target.host, port: target.port }
  const options = {
    ...where,
    method,
    path,
    headers,
    timeout: idleMs,
    agent: false,
    ...(signal === undefined ? {} : { signal }),
  }
  const { status, text } = await send(target, options, payload)
  const answer = decodeJson(text)
  if (status >= 200 && status < 300 && (answer !== undefined || text === '')) return answer as T
  if (isFailure(answer)) throw toldFailure(answer)
  const message = `${targetText(target)} answered ${method} ${path} with status ${status} and not as an agent does`
  throw new CommandFailed({ error: 'INTERNAL', message, hint: 'Check that --api names a Skein agent.', details: {} }, 1)
}

function send(
  target: Target,
  options: RequestOptions,
  payload: string | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(connectionFailure(target, error))
    const outgoing = httpRequest(options, (response) => {
      collect(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), fail)
    })
    outgoing.once('timeout', () => outgoing.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })))
    outgoing.once('error', fail)
    outgoing.end(payload)
  })
}

async function collect(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function decodeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isFailure(answer: unknown): answer is Failure {
  if (typeof answer !== 'object' || answer === null) return false
  const { error, message, hint, details } = answer as Partial<Record<keyof Failure, unknown>>
  return (
    [error, message, hint].every((text) => typeof text === 'string') && typeof details === 'object' && details !== null
  )
}

/** Why an agent cannot be reached, in words with a way out; an abort stays what it is. */
export function connectionFailure(target: Target, error: Error & { code?: string }): Error {
  const where = targetText(target)
  if (error.name === 'AbortError') return error
  switch (error.code) {
    case 'ENOENT':
      return unreachable(`no agent is running here: there is no socket ${where}`)
    case 'ECONNREFUSED':
      return unreachable(`no agent answers at ${where}`)
    case 'EACCES':
    case 'EPERM':
      return unreachable(`not allowed to use ${where}`, 'Run it as root (sudo), or as a user of the group skein.')
    case 'ETIMEDOUT':
      return unreachable(`the agent at ${where} does not answer`, 'It may be busy or stopped; look at its log.')
    default:
      return unreachable(`the agent at ${where} cannot be reached: ${error.message}`, ERRORS.UNREACHABLE.hint)
  }
}
