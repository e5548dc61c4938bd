import type { Result, SocketCommand } from './exec.ts'
import { timedOut } from './failure.ts'

/** What an answer says of work that goes on: the form of LXD's REST API, "Background operation". */
interface Operation {
  readonly status_code?: number
  readonly err?: string
}

/** LXD's status codes ("API", status codes): 100–199 something goes on, 200 done, 400 failed, 401 cancelled. */
const DONE = 200
const GOES_ON = 100

/** Where to ask for the end of the work an answer of status 202 names; undefined where it names none. */
export const operationOf = (answer: Result): string | undefined => {
  if (answer.code !== 202) return undefined
  const path = field(answer.stdout, 'operation')
  return typeof path === 'string' && path.startsWith('/') ? path : undefined
}

/** The request that is answered when the work ends, or after about `timeoutMs`. */
export const waitCommand = (command: SocketCommand, path: string, timeoutMs: number): SocketCommand => ({
  socket: command.socket,
  method: 'GET',
  path: `${path}/wait?timeout=${Math.max(1, Math.ceil(timeoutMs / 1000))}`,
})

/**
 * The end of the work as if it had been the answer at once: 200 with what it left, or a status that is a failure with its reason.
 * Throws TIMEOUT where it goes on.
 */
export const outcomeOf = (waited: Result, command: SocketCommand, timeoutMs: number): Result => {
  // Gone while waited for: its daemon was restarted. Not the 404 of the thing itself, which may be as good as done.
  if (waited.code !== 200) return { code: 502, stdout: waited.stdout, stderr: '' }
  const metadata = field(waited.stdout, 'metadata')
  const { status_code: status = 0, err = '' }: Operation =
    typeof metadata === 'object' && metadata !== null ? metadata : {}
  if (status >= GOES_ON && status < DONE) throw timedOut(command, timeoutMs)
  if (status === DONE) return { code: 200, stdout: JSON.stringify(metadata), stderr: '' }
  return { code: 400, stdout: JSON.stringify({ error: err === '' ? 'it failed' : err, metadata }), stderr: '' }
}

const field = (json: string, name: string): unknown => {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  } catch {
    return undefined
  }
}
