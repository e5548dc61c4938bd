import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '#platform/clock.ts'
import type { BytesOut, CliIo } from './io.ts'
import { processTerminal } from './process-terminal.ts'

/** The real world, for `main.ts`; it alone hands in the environment. */
export function createProcessIo(process: NodeJS.Process, env: CliIo['env']): CliIo {
  return {
    out: (text) => void process.stdout.write(text),
    openOut: (file) => openOut(process, file),
    err: (text) => void process.stderr.write(text),
    async readStdin() {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
      return Buffer.concat(chunks)
    },
    terminal: processTerminal(process),
    isTty: process.stderr.isTTY === true,
    isOutTty: process.stdout.isTTY === true,
    canAsk: process.stdin.isTTY === true,
    ask: (question) => askLine(process, question),
    askSecret: (question) => askUnseen(process, question),
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

async function openOut({ stdout }: NodeJS.Process, file: string | undefined): Promise<BytesOut> {
  if (file === undefined)
    return {
      write: async (bytes) => {
        if (!stdout.write(bytes)) await once(stdout, 'drain')
      },
      close: async () => {},
    }
  const handle = await open(file, 'w')
  return { write: async (bytes) => void (await handle.write(bytes)), close: () => handle.close() }
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

/** The line editor believes it writes to a terminal, and writes nowhere. */
async function askUnseen({ stdin: input, stderr }: NodeJS.Process, question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal: true })
  stderr.write(question)
  const answer = await new Promise<string>((resolve) => {
    lines.once('close', () => resolve(''))
    lines.once('line', resolve)
  })
  lines.close()
  stderr.write('\n')
  return answer
}

/** Ends quietly when the reader of the output went away, as `skein host ls | head -1` does. */
export function endOnBrokenPipe(process: NodeJS.Process): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  }
}
