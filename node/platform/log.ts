import type { DestinationStream, Logger as PinoLogger } from 'pino'
import { destination, pino } from 'pino'
import { prettyStream } from './pretty.ts'

/** Fields first, then what happened: `log.info({ lab, op }, 'done')`. */
export type Logger = PinoLogger

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Fields that are never written, at the top, one and two levels deep. */
const SECRET_FIELDS = ['token', 'secret', 'privateKey', 'password', 'stdin', 'authorization', 'cookie', 'preSharedKey']

/** What a secret field shows in the log. */
export const REDACTED = '[secret]'

export interface LoggerOptions {
  readonly level: LogLevel
  /** A file to append to; standard output unless told. */
  readonly file?: string
  /** Where lines go instead; for tests. */
  readonly stream?: DestinationStream
  /** One line for people instead of JSON; unless told, where standard output is a terminal. */
  readonly pretty?: boolean
  /** Told each line too, as JSON with its end. */
  keep?(line: string): void
}

/** The root logger; rooms take `log.child({ room })`. JSON lines with `time` in ISO 8601 and `level` as a word. */
export const createLogger = (options: LoggerOptions): Logger => {
  const toTerminal = options.file === undefined && options.stream === undefined && process.stdout.isTTY === true
  const plain = options.stream ?? destination({ dest: options.file ?? 1, sync: true, mkdir: true })
  const sink = (options.pretty ?? toTerminal) ? prettyStream(plain) : plain
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: REDACTED },
    },
    options.keep === undefined ? sink : both(options.keep, sink),
  )
}

const both = (keep: (line: string) => void, sink: DestinationStream): DestinationStream => ({
  write: (line) => {
    keep(line)
    sink.write(line)
  },
})
