/** What the command line may do to the world; `main.ts` makes the real one, tests a recorded one. */
export interface CliIo {
  /** Writes text to standard output as it is. */
  out(text: string): void
  /** Writes bytes to standard output, or to a file that is made anew; resolves when there is room for more. */
  openOut(file: string | undefined): Promise<BytesOut>
  /** Writes text to standard error as it is. */
  err(text: string): void
  /** All of standard input. */
  readStdin(): Promise<Uint8Array>
  /** What is typed at the terminal, or comes through a pipe, as it comes. */
  readonly terminal: CliTerminal
  /** True where a person watches standard error, so a line may be written over. */
  readonly isTty: boolean
  /** True where a person watches standard output. */
  readonly isOutTty: boolean
  /** True where a person can be asked: standard input is a terminal. */
  readonly canAsk: boolean
  /** Shows a question on standard error and reads one line; empty where the input ended. */
  ask(question: string): Promise<string>
  /** The same, and what is typed is not shown. */
  askSecret(question: string): Promise<string>
  /** The environment. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute path of the working directory. */
  readonly cwd: string
  /** Milliseconds since a fixed moment; never jumps. */
  nowMs(): number
  /** Milliseconds since 1970, for ages of what is dated. */
  wallMs(): number
  /** Resolves after `ms`, or early when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** From now on Ctrl-C aborts the signal instead of ending the process; `release` undoes that. */
  catchInterrupt(): { readonly signal: AbortSignal; release(): void }
}

/** Standard input and output as a terminal. */
export interface CliTerminal {
  /** Both are one: else what is typed comes from a file or a pipe, or what is shown goes there. */
  readonly isTty: boolean
  /** In characters; 80 by 24 where it is none. */
  size(): { readonly cols: number; readonly rows: number }
  /** Calls when the size is another one; the answer ends that. */
  onResize(callback: () => void): () => void
  /** From now on every key comes as it is typed and is not shown; the answer undoes that. */
  raw(): () => void
  /** Ends with the input, or with the signal. */
  input(signal: AbortSignal): AsyncIterable<Uint8Array>
}

/** Where bytes go, a piece at a time. */
export interface BytesOut {
  write(bytes: Uint8Array): Promise<void>
  /** All of it is there. */
  close(): Promise<void>
}
