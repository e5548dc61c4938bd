import type { CliTerminal } from './io.ts'

const USUAL = { cols: 80, rows: 24 }

/** Standard input and output of this process. Whatever ends it, the terminal is as it was before. */
export function processTerminal(process: NodeJS.Process): CliTerminal {
  const { stdin, stdout } = process
  const isTty = stdin.isTTY === true && stdout.isTTY === true
  return {
    isTty,
    size: () => (isTty ? { cols: stdout.columns, rows: stdout.rows } : USUAL),
    onResize: (callback) => {
      stdout.on('resize', callback)
      return () => void stdout.off('resize', callback)
    },
    raw: () => {
      if (!isTty) return () => {}
      const restore = (): void => void stdin.setRawMode(false)
      process.once('exit', restore)
      stdin.setRawMode(true)
      return () => {
        process.off('exit', restore)
        restore()
      }
    },
    input: (signal) => read(stdin, signal),
  }
}

async function* read(stdin: NodeJS.Process['stdin'], signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  // An input that is still read keeps the process running.
  const stop = (): void => void stdin.destroy()
  signal.addEventListener('abort', stop)
  try {
    if (!signal.aborted) for await (const chunk of stdin) yield chunk as Uint8Array
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
