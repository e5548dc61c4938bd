import type { ConsoleInput, ConsoleOutput } from '#agent/port.ts'

/** One who sees a terminal, in a test. */
export interface ConsoleViewer {
  readonly said: readonly ConsoleOutput[]
  /** All bytes so far, as text. */
  readonly text: string
  /** How it ended; undefined while it has not. */
  readonly end: { readonly error?: unknown } | undefined
  type(text: string): void
  tell(message: ConsoleInput): void
  /** Acknowledges what comes from now on and what came; on unless told. */
  takes: boolean
  /** Cuts the line. */
  leave(): void
}

type Open = (input: AsyncIterable<ConsoleInput>, signal: AbortSignal) => AsyncIterable<ConsoleOutput>

/** Looks at once. */
export function consoleViewer(open: Open, { takes = true }: { readonly takes?: boolean } = {}): ConsoleViewer {
  const gone = new AbortController()
  const said: ConsoleOutput[] = []
  const chunks: Uint8Array[] = []
  const waiting: ConsoleInput[] = []
  let wake = (): void => {}
  let bytes = 0
  let isTaking = takes
  const tell = (message: ConsoleInput): void => {
    waiting.push(message)
    wake()
  }
  const input = (async function* () {
    while (!gone.signal.aborted) {
      const next = waiting.shift()
      if (next !== undefined) yield next
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  })()
  gone.signal.addEventListener('abort', () => wake())
  const viewer: ConsoleViewer & { end: ConsoleViewer['end'] } = {
    said,
    get text() {
      return Buffer.concat(chunks).toString()
    },
    end: undefined,
    type: (text) => tell({ type: 'data', bytes: Buffer.from(text) }),
    tell,
    get takes() {
      return isTaking
    },
    set takes(now) {
      isTaking = now
      if (now) tell({ type: 'ack', bytes })
    },
    leave: () => gone.abort(),
  }
  const look = async (): Promise<void> => {
    for await (const message of open(input, gone.signal)) {
      said.push(message)
      if (message.type !== 'data') continue
      chunks.push(message.bytes)
      bytes += message.bytes.length
      if (isTaking) tell({ type: 'ack', bytes })
    }
  }
  look().then(
    () => {
      viewer.end = {}
    },
    (error: unknown) => {
      viewer.end = { error }
    },
  )
  return viewer
}
