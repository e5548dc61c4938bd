/** The last lines of a log, in memory. */
export interface LogTail {
  /** Keeps one line, with its end. */
  keep(line: string): void
  /** All that is kept, oldest first. */
  text(): string
}

/** Some thousand lines. */
const MAX_CHARS = 512 * 1024

/** Keeps what comes last: whole lines, at most `maxChars` characters together. */
export function createLogTail(maxChars = MAX_CHARS): LogTail {
  let lines: string[] = []
  let first = 0
  let chars = 0
  return {
    keep(line) {
      lines.push(line)
      chars += line.length
      for (; chars > maxChars && first < lines.length; first += 1) chars -= lines[first]?.length ?? 0
      // Seldom: moving what is left costs more than what is gone.
      if (first < 1_000 || first * 2 < lines.length) return
      lines = lines.slice(first)
      first = 0
    },
    text: () => lines.slice(first).join(''),
  }
}
