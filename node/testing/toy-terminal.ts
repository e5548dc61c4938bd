import type { Terminal, TerminalSize, TerminalWish } from '#drivers/terminal.ts'

/** A terminal whose program is the test. */
export interface ToyTerminal extends Terminal {
  readonly wish: TerminalWish
  /** What was typed, as text. */
  readonly typed: string
  readonly sizes: readonly TerminalSize[]
  readonly isClosed: boolean
  /** Bytes printed that nobody has read. */
  readonly unread: number
  print(what: string | Uint8Array): void
  /** The program ends; undefined: its node is gone. */
  exit(code: number | undefined): void
  /** False: nothing typed is taken, until it is true again. */
  takes: boolean
}

/** Prints and ends as the test says, and remembers what was typed. */
export const toyTerminal = (wish: TerminalWish): ToyTerminal => {
  const printed: Uint8Array[] = []
  const sizes: TerminalSize[] = []
  let [typed, isOver, takes] = ['', false, true]
  let code: number | undefined
  let wake = (): void => {}
  const waiting: (() => void)[] = []
  const end = (): void => {
    isOver = true
    wake()
    for (const resolve of waiting.splice(0)) resolve()
  }
  return {
    wish,
    sizes,
    get typed() {
      return typed
    },
    get isClosed() {
      return isOver
    },
    get unread() {
      return printed.reduce((sum, { length }) => sum + length, 0)
    },
    get takes() {
      return takes
    },
    set takes(now) {
      takes = now
      if (now) for (const resolve of waiting.splice(0)) resolve()
    },
    print: (what) => {
      printed.push(Buffer.from(what as string))
      wake()
    },
    exit: (with_) => {
      code = with_
      end()
    },
    output: (async function* () {
      for (;;) {
        const next = printed.shift()
        if (next !== undefined) yield next
        else if (isOver) return
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    })(),
    write: async (bytes) => {
      while (!takes && !isOver) await new Promise<void>((resolve) => waiting.push(resolve))
      typed += Buffer.from(bytes).toString()
    },
    resize: async (size) => void sizes.push(size),
    exitCode: async () => code,
    close: async () => end(),
  }
}
