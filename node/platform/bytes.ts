import { execa } from 'execa'
import { openAnswer } from './answer.ts'
import type { Bytes, ProcessCommand, SocketCommand } from './exec.ts'
import { toolFailed, toolMissing } from './failure.ts'
import { KEEPER } from './follow.ts'
import { connectionFailure } from './request.ts'

/** Of standard error only this much of its end is kept for the message, in characters. */
const ERROR_TAIL = 2_000
/** After a stop a process has this long to end by SIGTERM before SIGKILL. */
const GRACE_MS = 1_000

/**
 * Reads what processes print and daemons on unix sockets answer, as bytes and no faster than they are taken. A process gets `LC_ALL=C`, no
 * standard input, no time limit, and the kernel ends it when this process ends in whatever way.
 */
export const createBytes = (): Bytes => (command, signal) =>
  'socket' in command ? readAnswer(command, signal) : readProcess(command, signal)

async function* readProcess(command: ProcessCommand, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  if (signal.aborted) return
  const unread = new AbortController()
  const started = execa(KEEPER, ['--pdeathsig', 'KILL', '--', command.file, ...command.args], {
    reject: false,
    env: { LC_ALL: 'C' },
    buffer: false,
    stdin: 'ignore',
    forceKillAfterDelay: GRACE_MS,
    cancelSignal: AbortSignal.any([signal, unread.signal]),
  })
  let complaint = ''
  started.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-ERROR_TAIL)
  })
  try {
    for await (const chunk of started.stdout) yield chunk as Uint8Array
  } catch (error) {
    if (!signal.aborted) throw toolFailed(command, 'its output broke off', error)
  } finally {
    unread.abort()
  }
  if (signal.aborted) return
  const { exitCode, code } = await started
  if (exitCode === 127) throw toolMissing(command)
  if (code === 'ENOENT') throw toolMissing({ file: KEEPER, args: [] })
  if (!(command.okCodes ?? [0]).includes(exitCode ?? -1))
    throw toolFailed(command, complaint.trim() || `exit code ${exitCode}`)
}

async function* readAnswer(command: SocketCommand, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const answer = openAnswer(command, signal)
  try {
    for await (const chunk of await answer.body()) yield chunk as Uint8Array
  } catch (error) {
    if (!signal.aborted) throw connectionFailure(command, error)
  } finally {
    await answer.close()
  }
}
