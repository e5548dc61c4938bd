import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { openAnswer } from './answer.ts'
import type { Follow, ProcessCommand, SocketCommand } from './exec.ts'
import { toolFailed, toolMissing } from './failure.ts'
import { connectionFailure } from './request.ts'
import { openWebSocket } from './websocket.ts'

/** A line longer than this is a mistake of who prints it, not something to keep in memory; in characters. */
const LONGEST_LINE = 4 * 1024 * 1024
/** Of standard error only this much of its end is kept for the message, in characters. */
const ERROR_TAIL = 2_000
/** Of util-linux, as nsenter(1) is. */
export const KEEPER = 'setpriv'
/** After a stop a process has this long to end by SIGTERM before SIGKILL. */
const GRACE_MS = 1_000

/**
 * Follows processes and answers of daemons on unix sockets. A process gets `LC_ALL=C`, no standard input, no time limit, and
 * the kernel ends it when this process ends in whatever way (setpriv(1), `--pdeathsig`): nobody would read it any more.
 */
export const createFollow =
  (): Follow =>
  (command, onLine, signal): Promise<void> =>
    'socket' in command
      ? (command.isWebSocket === true ? followWebSocket : followRequest)(command, onLine, signal)
      : followProcess(command, onLine, signal)

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
  const answer = openAnswer(command, signal)
  try {
    const body = await answer.body()
    splitLines(body, onLine, () => body.destroy(toolFailed(command, `a line of more than ${LONGEST_LINE} characters`)))
    await new Promise((resolve, reject) => body.once('end', resolve).once('error', reject).once('close', resolve))
  } catch (error) {
    if (signal.aborted) return
    throw connectionFailure(command, error)
  } finally {
    await answer.close()
  }
  if (!signal.aborted) throw toolFailed(command, 'the answer ended by itself')
}

const OPEN_MS = 10_000

const followWebSocket = async (command: SocketCommand, onLine: OnLine, signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return
  const opened = await openWebSocket(command, { openMs: OPEN_MS, onMessage: (message) => onLine(message.toString()) })
  const stop = (): void => opened.close()
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  await opened.closed
  signal.removeEventListener('abort', stop)
  if (!signal.aborted) throw toolFailed(command, 'the connection ended by itself')
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
