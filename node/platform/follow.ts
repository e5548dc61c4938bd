import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { Client } from 'undici'
import type { Follow, ProcessCommand, SocketCommand } from './exec.ts'
import { requestFailure, toolFailed, toolMissing } from './failure.ts'
import { connectionFailure } from './request.ts'

/** A line longer than this is a mistake of who prints it, not something to keep in memory; in characters. */
const LONGEST_LINE = 4 * 1024 * 1024
/** Of standard error only this much of its end is kept for the message, in characters. */
const ERROR_TAIL = 2_000
/** Of util-linux, as nsenter(1) is. */
const KEEPER = 'setpriv'
/** After a stop a process has this long to end by SIGTERM before SIGKILL. */
const GRACE_MS = 1_000

/**
 * Follows processes and answers of daemons on unix sockets. A process gets `LC_ALL=C`, no standard input, no time limit, and
 * the kernel ends it when this process ends in whatever way (setpriv(1), `--pdeathsig`): nobody would read it any more.
 */
export const createFollow =
  (): Follow =>
  (command, onLine, signal): Promise<void> =>
    'socket' in command ? followRequest(command, onLine, signal) : followProcess(command, onLine, signal)

type OnLine = (line: string) => void

const followProcess = async (command: ProcessCommand, onLine: OnLine, signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return
  const overflow = new AbortController()
  const started = execa(KEEPER, ['--pdeathsig', 'KILL', '--', command.file, ...command.args], {
    reject: false,
    env: { LC_ALL: 'C' },
    buffer: false,
    stdin: 'ignore',
    forceKillAfterDelay: GRACE_MS,
    cancelSignal: AbortSignal.any([signal, overflow.signal]),
  })
  let complaint = ''
  const onOverflow = (): void => overflow.abort()
  splitLines(started.stdout, onLine, onOverflow)
  const onComplaint = (line: string): void => {
    complaint = `${complaint}${line}\n`.slice(-ERROR_TAIL)
    onLine(line)
  }
  splitLines(started.stderr, onComplaint, onOverflow)
  const ended = await started
  if (signal.aborted) return
  if (overflow.signal.aborted) throw toolFailed(command, `a line of more than ${LONGEST_LINE} characters`)
  if (ended.exitCode === 127) throw toolMissing(command, ended)
  if (ended.code === 'ENOENT') throw toolMissing({ file: KEEPER, args: [] }, ended)
  throw toolFailed(command, `ended by itself: ${complaint.trim() || `exit code ${ended.exitCode ?? ended.signal}`}`)
}

const followRequest = async (command: SocketCommand, onLine: OnLine, signal: AbortSignal): Promise<void> => {
  const client = new Client('http://localhost', {
    connect: { socketPath: command.socket },
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  try {
    const { statusCode, body } = await client.request({ method: command.method, path: command.path, signal })
    const failure =
      statusCode >= 300
        ? requestFailure(command, { code: statusCode, stdout: await body.text(), stderr: '' })
        : undefined
    if (failure !== undefined) throw failure
    splitLines(body, onLine, () => body.destroy(toolFailed(command, `a line of more than ${LONGEST_LINE} characters`)))
    await new Promise((resolve, reject) => body.once('end', resolve).once('error', reject).once('close', resolve))
  } catch (error) {
    if (signal.aborted) return
    throw connectionFailure(command, error)
  } finally {
    await client.destroy()
  }
  if (!signal.aborted) throw toolFailed(command, 'the answer ended by itself')
}

const splitLines = (stream: Readable, onLine: OnLine, onOverflow: () => void): void => {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') onLine(line)
    if (rest.length > LONGEST_LINE) onOverflow()
  })
}
