import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { ProcessCommand, Result } from './exec.ts'
import { processFailure, timedOut, toolFailed, toolMissing } from './failure.ts'
import { DEFAULT_TIMEOUT_MS, OUTPUT_LIMIT } from './process.ts'

/**
 * A fixed text. It reads how many words there are and each of them, then how many lines of input and each of them, runs the words with that
 * input, and says the exit code between two NULs; on standard error a NUL ends what was said. What it reads is never taken for shell:
 * `read -r` takes a line as it is, and `"$@"` hands on each word as it is.
 */
const SCRIPT = `
while read -r count; do
  set --
  while [ "$count" -gt 0 ]; do IFS= read -r word || exit; set -- "$@" "$word"; count=$((count - 1)); done
  read -r count || exit
  input=
  while [ "$count" -gt 0 ]; do IFS= read -r word || exit; input="$input$word
"; count=$((count - 1)); done
  if [ -z "$input" ]; then "$@" </dev/null; else printf %s "$input" | "$@"; fi
  printf '\\000%d\\000' $?
  printf '\\000' >&2
done`

/** What is being run: what it said so far. */
interface Running {
  readonly command: ProcessCommand
  out: string
  err: string
  resolve(result: Result): void
  reject(error: Error): void
}

/**
 * A shell that starts processes for the agent, one after the other. To start one takes the agent itself several milliseconds, for the
 * system copies what describes its memory (fork(2)); of a small process that takes none.
 */
export class Helper {
  readonly #shell: ChildProcessByStdio<Writable, Readable, Readable>
  #running: Running | undefined
  #isOver = false

  constructor() {
    // A group of its own, so that it can be ended together with what it runs. Without the agent it reads no more and ends.
    const env = { ...process.env, LC_ALL: 'C' }
    this.#shell = spawn('sh', ['-c', SCRIPT], { env, detached: true, stdio: 'pipe' })
    this.#shell.stdout.setEncoding('utf8').on('data', (text: string) => this.#hear('out', text))
    this.#shell.stderr.setEncoding('utf8').on('data', (text: string) => this.#hear('err', text))
    for (const stream of [this.#shell.stdin, this.#shell.stdout, this.#shell.stderr]) {
      stream.on('error', () => this.#end('the helper that runs it cannot be reached'))
      if ('unref' in stream && typeof stream.unref === 'function') stream.unref()
    }
    this.#shell.on('error', () => this.#end('the helper that runs it did not start'))
    // Not when its streams close: what it ran may hold them still.
    this.#shell.on('exit', () => this.#end('the helper that runs it ended'))
    this.#shell.unref()
  }

  /** Whether it can run another command, now or later. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** One at a time. Rejects as `Exec.run` says. */
  async run(command: ProcessCommand, signal?: AbortSignal): Promise<Result> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, stdin = '' } = command
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    this.#running = { command, out: '', err: '', resolve, reject }
    const timer = setTimeout(() => {
      reject(timedOut(command, timeoutMs))
      this.stop()
    }, timeoutMs)
    const words = [command.file, ...command.args]
    const lines = stdin.split('\n').slice(0, -1)
    const onAbort = (): void => this.#end('stopped on request')
    signal?.addEventListener('abort', onAbort)
    this.#shell.stdin.write([words.length, ...words, lines.length, ...lines, ''].join('\n'))
    try {
      return judged(command, await promise)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Ends it and what it runs. */
  stop(): void {
    this.#end('the helper that runs it was ended')
  }

  #hear(stream: 'out' | 'err', text: string): void {
    const running = this.#running
    if (running === undefined) {
      // What a command left behind says would be taken for what the next one says.
      this.stop()
      return
    }
    running[stream] += text
    if (running.out.length + running.err.length > OUTPUT_LIMIT) this.#end(`more than ${OUTPUT_LIMIT} bytes of output`)
    if (!running.err.endsWith('\0')) return
    const [stdout = '', code, ...rest] = running.out.split('\0')
    if (rest.length === 0) return
    this.#running = undefined
    running.resolve({ code: Number(code), stdout, stderr: running.err.slice(0, -1) })
  }

  #end(why: string): void {
    const running = this.#running
    this.#running = undefined
    running?.reject(toolFailed(running.command, why))
    if (this.#isOver) return
    this.#isOver = true
    const { pid } = this.#shell
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It is gone already.
    }
  }
}

/** The shell says so where there is no such tool. */
const judged = (command: ProcessCommand, result: Result): Result => {
  if (result.code === 127 && /^sh: .*not found/.test(result.stderr)) throw toolMissing(command)
  const failure = processFailure(command, result)
  if (failure !== undefined) throw failure
  return result
}
