import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { KEEPER } from './follow.ts'

/** A process that runs for a while, as argv: never a shell line. */
export interface JobCommand {
  readonly file: string
  readonly args: readonly string[]
  /** It is ended after this long, also when this program has stalled. */
  readonly limitMs: number
  /** Goes into its environment, so that leftovers can be told: see `marked.ts`. */
  readonly mark: Readonly<Record<string, string>>
  /** What makes it stop and print what it has; SIGTERM unless told. */
  readonly interruptBy?: 'SIGTERM' | 'SIGINT'
}

/** How it ended. `limit`: by its own timer; `killed`: by a signal; `missing`: there is no such tool. */
export interface JobEnd {
  readonly type: 'exited' | 'killed' | 'missing' | 'limit'
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A process under way. */
export interface Job {
  readonly pid: number | undefined
  /** Resolves once it is gone. Never rejects. */
  readonly ended: Promise<JobEnd>
  /** Calls for each whole line of its output or complaints that comes from now on. */
  hear(listener: (line: string) => void): void
  /** Resolves with true once a line of its output or complaints matches, with false when it ended or the time is over first. */
  said(pattern: RegExp, withinMs: number): Promise<boolean>
  /** Asks it to end; what does not within 5 s is killed. */
  interrupt(): void
  kill(): void
}

/** Starts a process that ends when this one does, in whatever way, and by its own timer. */
export type StartJob = (command: JobCommand) => Job

/** What is kept of each of output and complaints; a process that prints more is ended. */
const MOST_BYTES = 4 * 1024 * 1024
/** From being asked to end until SIGKILL, in seconds: a full machine needs some to print what there was. */
const GRACE_S = 5
/** Of coreutils: its exit code when the time was over. */
const TIMER = 'timeout'
const TIME_OVER = 124
const NOT_FOUND = 127
/** The same when it had to kill what was asked to end before: 128 and SIGKILL. */
const KILLED = 137

/**
 * {@link StartJob} over setpriv(1) and timeout(1): the kernel kills the timer when this process ends, and the tool when the timer
 * ends, for the wish of a parent's death goes to the child alone that asked for it. A tool that runs another one has to become
 * it (execve(2)), as nsenter(1) does. `LC_ALL=C`, no standard input.
 */
export const createJobs = (): StartJob => (command) => {
  const limitMs = Math.max(1, command.limitMs)
  const timer = [TIMER, '--foreground', '-k', String(GRACE_S), (limitMs / 1000).toFixed(3)]
  const startedAtMs = performance.now()
  const process = execa(KEEPER, [...UNTIL_DEATH, ...timer, KEEPER, ...UNTIL_DEATH, command.file, ...command.args], {
    reject: false,
    env: { LC_ALL: 'C', ...command.mark },
    stdin: 'ignore',
    maxBuffer: MOST_BYTES,
    forceKillAfterDelay: GRACE_S * 1000,
  })
  const heard = createHeard([process.stdout, process.stderr])
  const ended = process.then(
    (result) => toEnd(result, performance.now() - startedAtMs >= limitMs),
    (error: unknown): JobEnd => ({ type: 'missing', code: null, stdout: '', stderr: String(error) }),
  )
  void ended.then(heard.close)
  return {
    pid: process.pid,
    ended,
    hear: heard.hear,
    said: heard.said,
    interrupt: () => void process.kill(command.interruptBy ?? 'SIGTERM'),
    kill: () => void process.kill('SIGKILL'),
  }
}

const UNTIL_DEATH = ['--pdeathsig', 'KILL', '--']

interface Finished {
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly code?: string | undefined
  readonly stdout: string
  readonly stderr: string
}

const toEnd = (finished: Finished, isOver: boolean): JobEnd => {
  const { stdout, stderr } = finished
  const code = finished.exitCode ?? null
  if (finished.code === 'ENOENT') return { type: 'missing', code, stdout, stderr: `${KEEPER} is not installed` }
  if (code === NOT_FOUND) return { type: 'missing', code, stdout, stderr }
  if (code === TIME_OVER || (isOver && (code === null || code > TIME_OVER)))
    return { type: 'limit', code, stdout, stderr }
  return { type: code === null || code === KILLED ? 'killed' : 'exited', code, stdout, stderr }
}

/** Listens to what it says, and remembers the lines for who asks late. */
const createHeard = (streams: readonly Readable[]) => {
  let lines = ''
  let isClosed = false
  const listeners = new Set<(line: string) => void>()
  const waiting = new Set<() => void>()
  const tell = (): void => {
    for (const look of [...waiting]) look()
  }
  for (const stream of streams) {
    let begun = ''
    stream.on('data', (piece: Buffer | string) => {
      lines = `${lines}${piece.toString()}`.slice(-REMEMBERED)
      tell()
      const whole = `${begun}${piece.toString()}`.split('\n')
      begun = (whole.pop() ?? '').slice(-REMEMBERED)
      for (const line of whole) for (const listener of listeners) listener(line)
    })
  }
  const said = (pattern: RegExp, withinMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      const done = (answer: boolean): void => {
        clearTimeout(timer)
        waiting.delete(look)
        resolve(answer)
      }
      const look = (): void => {
        if (lines.split('\n').some((line) => pattern.test(line))) done(true)
        else if (isClosed) done(false)
      }
      const timer = setTimeout(() => done(false), withinMs)
      waiting.add(look)
      look()
    })
  const close = (): void => {
    isClosed = true
    tell()
  }
  return { hear: (listener: (line: string) => void) => void listeners.add(listener), said, close }
}

/** Characters that are looked through for what it said. */
const REMEMBERED = 4_000
