/** What the command line may do to the world; `main.ts` makes the real one, tests a recorded one. */
export interface CliIo {
  /** Writes text to standard output as it is. */
  out(text: string): void
  /** Writes text to standard error as it is. */
  err(text: string): void
  /** All of standard input. */
  readStdin(): Promise<Uint8Array>
  /** True where a person watches standard error, so a line may be written over. */
  readonly isTty: boolean
  /** True where a person can be asked: standard input is a terminal. */
  readonly canAsk: boolean
  /** Shows a question on standard error and reads one line; empty where the input ended. */
  ask(question: string): Promise<string>
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
