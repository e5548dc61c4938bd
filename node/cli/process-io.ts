import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '#platform/clock.ts'
import type { CliIo } from './io.ts'

/** The real world, for `main.ts`; it alone hands in the environment. */
export function createProcessIo(process: NodeJS.Process, env: CliIo['env']): CliIo {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    async readStdin() {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
      return Buffer.concat(chunks)
    },
    isTty: process.stderr.isTTY === true,
    canAsk: process.stdin.isTTY === true,
    ask: (question) => askLine(process, question),
    env,
    cwd: process.cwd(),
    nowMs: systemClock.monotonicMs,
    wallMs: systemClock.nowMs,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
    catchInterrupt() {
      const controller = new AbortController()
      const abort = () => controller.abort()
      process.once('SIGINT', abort)
      return { signal: controller.signal, release: () => void process.off('SIGINT', abort) }
    },
  }
}

function askLine({ stdin: input, stderr: output }: NodeJS.Process, question: string): Promise<string> {
  const lines = createInterface({ input, output })
  return new Promise((resolve) => {
    lines.once('close', () => resolve(''))
    lines.question(question, (line) => {
      resolve(line)
      lines.close()
    })
  })
}

/** Ends quietly when the reader of the output went away, as `skein host ls | head -1` does. */
export function endOnBrokenPipe(process: NodeJS.Process): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  }
}
