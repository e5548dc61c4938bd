import type { IncomingMessage } from 'node:http'
import type { RequestOptions as TlsOptions } from 'node:https'
import { createInterface } from 'node:readline'
import { ERRORS } from '#core/model/errors.ts'
import { CommandFailed, type Failure, toldFailure, unreachable } from './failures.ts'
import { secretsOf } from './remote.ts'
import { type Target, targetText } from './target.ts'

/** Not by `import`, which reads every export of `node:http`: one of them loads a whole client, 45 ms of each command. */
const { request: httpRequest } = process.getBuiltinModule('node:http')

/** One agent's API. Failures are `CommandFailed`, with the agent's own words where it gave any. */
export interface Client {
  get<T>(path: string, options?: CallOptions): Promise<T>
  post<T>(path: string, body: unknown, options?: CallOptions): Promise<T>
  put<T>(path: string, body: unknown, options?: CallOptions): Promise<T>
  delete<T>(path: string, options?: CallOptions): Promise<T>
  /** Bytes of an answer that goes on, as they come; resolves when the agent ends it, rejects when it breaks off. */
  bytes(path: string, onBytes: (bytes: Uint8Array) => Promise<void> | void, options?: CallOptions): Promise<void>
  /** JSON of every line of an answer that goes on; resolves when the agent ends it, rejects when it goes silent or away. */
  lines(path: string, onLine: (value: unknown) => void, options?: CallOptions): Promise<void>
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
    put: <T>(path: string, body: unknown, options?: CallOptions) =>
      call<T>(target, { method: 'PUT', path, body, ...options }),
    delete: <T>(path: string, options?: CallOptions) => call<T>(target, { method: 'DELETE', path, ...options }),
    bytes: (path, onBytes, options) => readBytes(target, { path, onBytes, ...options }),
    lines: (path, onLine, options) => readLines(target, { path, onLine, ...options }),
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
  const options = requestOptions(target, { method, path, idleMs, ...(signal === undefined ? {} : { signal }) })
  const { status, text } = await send(target, { ...options, headers: { ...options.headers, ...headers } }, payload)
  return readAnswer<T>(target, { method, path, status, text })
}

function requestOptions(target: Target, { method, path, idleMs = IDLE_MS, signal }: Call): Options {
  return {
    ...whereIs(target),
    method,
    path,
    timeout: idleMs,
    agent: false,
    ...(signal === undefined ? {} : { signal }),
  }
}

/** What is said at every call. */
interface Options extends Omit<TlsOptions, 'headers'> {
  readonly headers?: Readonly<Record<string, string | number>>
  readonly isSecure?: boolean
}

function whereIs(target: Target): Options {
  if (target.type === 'socket') return { socketPath: target.path }
  const { host, port, tls } = target
  return { host, port, ...secretsOf(target), isSecure: tls !== undefined }
}

interface Answer extends Pick<Call, 'method' | 'path'> {
  readonly status: number
  readonly text: string
}

function readAnswer<T>(target: Target, { method, path, status, text }: Answer): T {
  const answer = decodeJson(text)
  if (status >= 200 && status < 300 && (answer !== undefined || text === '')) return answer as T
  if (isFailure(answer)) throw toldFailure(answer)
  const message = `${targetText(target)} answered ${method} ${path} with status ${status} and not as an agent does`
  throw new CommandFailed({ error: 'INTERNAL', message, hint: 'Check that --api names a Skein agent.', details: {} }, 1)
}

function send(
  target: Target,
  options: Options,
  payload: string | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(connectionFailure(target, error))
    const onAnswer = (response: IncomingMessage): void => {
      collect(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), fail)
    }
    open(options, { payload, onAnswer, fail })
  })
}

interface Opening {
  readonly payload?: string | undefined
  onAnswer(response: IncomingMessage): void
  fail(error: Error): void
}

function open({ isSecure = false, ...options }: Options, { payload, onAnswer, fail }: Opening): void {
  const outgoing = isSecure
    ? process.getBuiltinModule('node:https').request(options, onAnswer)
    : httpRequest(options, onAnswer)
  outgoing.once('timeout', () => outgoing.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })))
  outgoing.once('error', fail)
  outgoing.end(payload)
}

interface Following extends CallOptions {
  readonly path: string
  onLine(value: unknown): void
}

function readLines(target: Target, { path, onLine, ...options }: Following): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(error instanceof CommandFailed ? error : connectionFailure(target, error))
    const onAnswer = async (response: IncomingMessage): Promise<void> => {
      const { statusCode: status = 0 } = response
      if (status !== 200) readAnswer(target, { method: 'GET', path, status, text: await collect(response) })
      for await (const line of createInterface({ input: response.once('error', fail) })) onLine(decodeJson(line))
    }
    open(requestOptions(target, { method: 'GET', path, ...options }), {
      onAnswer: (response) => void onAnswer(response).then(resolve, fail),
      fail,
    })
  })
}

interface Reading extends CallOptions {
  readonly path: string
  onBytes(bytes: Uint8Array): Promise<void> | void
}

function readBytes(target: Target, { path, onBytes, ...options }: Reading): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(error instanceof CommandFailed ? error : connectionFailure(target, error))
    const onAnswer = async (response: IncomingMessage): Promise<void> => {
      const { statusCode: status = 0 } = response
      if (status !== 200) readAnswer(target, { method: 'GET', path, status, text: await collect(response) })
      for await (const chunk of response) await onBytes(chunk)
    }
    open(requestOptions(target, { method: 'GET', path, ...options }), {
      onAnswer: (response) => void onAnswer(response).then(resolve, fail),
      fail,
    })
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
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'CERT_SIGNATURE_FAILURE':
      return unreachable(
        `${where} shows a certificate of an authority that is not known here`,
        'Copy identity/ca.crt from the data folder of a host of the mesh and name it with SKEIN_CA.',
      )
    default:
      return unreachable(`the agent at ${where} cannot be reached: ${error.message}`, ERRORS.UNREACHABLE.hint)
  }
}
