import type { DestinationStream } from 'pino'

const COLOURS: Readonly<Record<string, number>> = { fatal: 31, error: 31, warn: 33, info: 36, debug: 90, trace: 90 }

/** Turns JSON log lines into one line for people: time, level, room, what happened, then the fields. Passes on what is no JSON. */
export const prettyStream = (to: DestinationStream): DestinationStream => ({
  write: (line) => {
    to.write(prettyLine(line))
  },
})

/** One log line for people. */
export const prettyLine = (line: string): string => {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return line
  }
  if (typeof parsed !== 'object' || parsed === null) return line
  const { time, level, room, msg, ...fields } = parsed as Record<string, unknown>
  const name = String(level ?? 'info')
  const head = [String(time ?? '').slice(11, 23), `\u001b[${COLOURS[name] ?? 0}m${name.padEnd(5)}\u001b[0m`, room, msg]
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${fieldText(value)}`)
  return `${[...head.filter((part) => part !== undefined && part !== ''), ...rest].join(' ')}\n`
}

const fieldText = (value: unknown): string => {
  if (typeof value === 'string') return /[\s"]/.test(value) ? JSON.stringify(value) : value
  const message = typeof value === 'object' && value !== null && 'message' in value ? value.message : undefined
  return typeof message === 'string' ? JSON.stringify(message) : JSON.stringify(value)
}
