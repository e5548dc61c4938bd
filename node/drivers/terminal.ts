/** Width and height of a terminal, in characters. */
export interface TerminalSize {
  readonly cols: number
  readonly rows: number
}

/** What is to run in a terminal. */
export interface TerminalWish extends TerminalSize {
  readonly argv: readonly string[]
}

/** A program with a terminal in a lab node. */
export interface Terminal {
  /** What it prints, no faster than it is taken; ends with the program, with its node, or by `close`. Never throws. */
  readonly output: AsyncIterable<Uint8Array>
  /** Resolves when there is room for more; what is written after the end is dropped. */
  write(bytes: Uint8Array): Promise<void>
  /** Best effort. */
  resize(size: TerminalSize): Promise<void>
  /** Once the output has ended: what the program ended with; undefined where nobody can say, as the node is gone. Never rejects. */
  exitCode(): Promise<number | undefined>
  /** Hangs up, as a line that is cut does. Never rejects. */
  close(): Promise<void>
}

/** An extra ability of an engine of lab nodes. */
export interface Console {
  /** Starts a program with a terminal in a running node. Rejects with NOT_FOUND, TOOL_MISSING, TOOL_FAILED. `containerId` as the driver saw it. */
  openTerminal(containerId: string, wish: TerminalWish): Promise<Terminal>
}

/** What programs in a terminal are told of it: terminfo(5) names of what shows them. */
export const TERMINAL_ENV: Readonly<Record<string, string>> = { TERM: 'xterm-256color', COLORTERM: 'truecolor' }

/** The best shell there is. Without a locale bash would take the bytes of a letter such as ä for several. */
const SHELL = `if [ -z "$LANG" ]; then LANG=C.UTF-8; export LANG; fi; if command -v bash >/dev/null 2>&1; then exec bash; fi; exec sh`

/** Runs these words where the node has the program, else its shell. */
export const shellOr = (argv: readonly string[] | undefined): readonly string[] =>
  argv === undefined
    ? ['sh', '-c', SHELL]
    : ['sh', '-c', `if command -v "$1" >/dev/null 2>&1; then exec "$@"; fi; ${SHELL}`, 'sh', ...argv]
