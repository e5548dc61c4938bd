import { signal } from '@preact/signals'
import { again } from './again.ts'

/** What a host refuses with: a code of the catalogue, what happened, what to do next. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>
  /** How long to wait where the host said so. */
  readonly retryAfterS: number | null

  constructor(status: number, body: Partial<ErrorBody>, retryAfterS: number | null = null) {
    super(body.message ?? `the host answered ${status}`)
    this.name = 'ApiError'
    this.status = status
    this.code = body.error ?? 'UNREACHABLE'
    this.hint = body.hint ?? 'Try again; where that does not help, look at the log of the agent.'
    this.details = body.details ?? {}
    this.retryAfterS = retryAfterS
  }
}

interface ErrorBody {
  readonly error: string
  readonly message: string
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>
}

/** How far this browser's clock is ahead of the host's, to the second or so; negative: behind. */
export const clockSkewMs = signal(0)

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

const signedOut = new EventTarget()
/** Calls each time a host says that nobody is signed in. */
export const whenSignedOut = (call: () => void): void => signedOut.addEventListener('signed-out', call)

/** Asks the host this page came from. Rejects with ApiError, also where the host cannot be reached. `T`: what the API's docs say it answers. */
export async function call<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await send(method, path, { body, signal })
  if (!answer.ok) throw await failure(answer, path)
  if (answer.status === 204) return undefined as T
  return (await answer.json()) as T
}

/** As `call`, with the answer's bytes as they come. */
export async function open(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const answer = await send('GET', path, { body: undefined, signal })
  if (!answer.ok || answer.body === null) throw await failure(answer, path)
  return answer.body
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => call<T>('GET', path, undefined, signal)
export const post = <T>(path: string, body?: unknown): Promise<T> => call<T>('POST', path, body)
export const put = <T>(path: string, body?: unknown): Promise<T> => call<T>('PUT', path, body)
export const del = <T>(path: string): Promise<T> => call<T>('DELETE', path)

interface Asked {
  readonly body: unknown
  readonly signal: AbortSignal | undefined
}

async function send(method: Method, path: string, { body, signal }: Asked): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' }
  if (body !== undefined) init.body = JSON.stringify(body)
  if (signal !== undefined) init.signal = signal
  // A login is answered anew each time; any other change is made once, however often it is asked for with one key.
  const isLogin = path.startsWith('/auth/')
  if (method !== 'GET' && !isLogin) headers['idempotency-key'] = newKey()
  try {
    const answer = await again(
      () => fetch(path, init),
      () => !isLogin && signal?.aborted !== true,
    )
    const hostMs = Date.parse(answer.headers.get('date') ?? '')
    if (Number.isFinite(hostMs)) clockSkewMs.value = Date.now() - hostMs
    return answer
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw new ApiError(0, {
      error: 'UNREACHABLE',
      message: `this host does not answer (${location.host})`,
      hint: 'Check that its agent runs, or open the address of another host of the mesh: the same login works there.',
    })
  }
}

/** Pages without TLS have no `randomUUID`. */
const newKey = (): string => [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join('-')

async function failure(answer: Response, path: string): Promise<ApiError> {
  const text = await answer.text()
  const retry = Number(answer.headers.get('retry-after') ?? Number.NaN)
  if (answer.status === 401 && !path.startsWith('/auth/')) signedOut.dispatchEvent(new Event('signed-out'))
  return new ApiError(answer.status, errorBody(text), Number.isFinite(retry) ? retry : null)
}

/** What of a text is of the one error shape; nothing of it is taken on trust. */
export function errorBody(text: string): Partial<ErrorBody> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return {}
    const { error, message, hint, details } = value as Readonly<Record<string, unknown>>
    return {
      ...(typeof error === 'string' ? { error } : {}),
      ...(typeof message === 'string' ? { message } : {}),
      ...(typeof hint === 'string' ? { hint } : {}),
      ...(typeof details === 'object' && details !== null ? { details: { ...details } } : {}),
    }
  } catch {
    return {}
  }
}

/** An error of any kind as the one shape. */
export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError
    ? error
    : new ApiError(0, { error: 'INTERNAL', message: error instanceof Error ? error.message : String(error) })

/** For a path: one part of it, whatever is in it. */
export const part = (text: string): string => encodeURIComponent(text)
