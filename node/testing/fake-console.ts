import type { AgentPort, ConsoleAsk, ConsoleInput } from '#agent/port.ts'

/** Terminals of a fake agent: they say what is typed again, tell sizes, and end by `exit CODE`. */
export interface FakeConsole {
  readonly asks: ConsoleAsk[]
  readonly heard: ConsoleInput[]
  /** Printed at once when one is opened. */
  prints: readonly Uint8Array[]
  /** How many are open. */
  readonly open: number
  readonly watch: AgentPort['console']
}

/** Nothing was asked yet. */
export function fakeConsole(): FakeConsole {
  let open = 0
  const made: FakeConsole = {
    asks: [],
    heard: [],
    prints: [],
    get open() {
      return open
    },
    async *watch(ask, input, signal) {
      made.asks.push(ask)
      open += 1
      try {
        yield { type: 'opened', session: ask.session ?? 's1', host: 'b', node: ask.node, offset: ask.after ?? 0 }
        for (const bytes of made.prints) yield { type: 'data', bytes }
        for await (const message of input) {
          if (signal.aborted) return
          made.heard.push(message)
          if (message.type === 'resize') yield { ...message, type: 'size' }
          if (message.type !== 'data') continue
          const code = /^exit (\d+)/.exec(Buffer.from(message.bytes).toString())?.[1]
          if (ask.counts === true) yield { type: 'taken', bytes: message.bytes.length }
          if (code === undefined) yield { type: 'data', bytes: message.bytes }
          else return yield { type: 'exit', code: Number(code) }
        }
      } finally {
        open -= 1
      }
    },
  }
  return made
}
