import type { Problem } from '../model/errors.ts'
import type { KeyRow } from './key-row.ts'

/** Where something was written: line and column from 1, and the path of keys that leads there. */
export interface Spot {
  readonly line: number
  readonly column: number
  readonly path: string
}

/** The kinds of mistakes a topology can hold; bounded, so programs can tell them apart. */
export type ProblemCode =
  | 'SYNTAX'
  | 'TOO_LARGE'
  | 'DUPLICATE'
  | 'UNKNOWN_KEY'
  | 'REPLACED_KEY'
  | 'NOT_SUPPORTED_YET'
  | 'WRONG_TYPE'
  | 'BAD_VALUE'
  | 'BAD_NAME'
  | 'MISSING'
  | 'UNKNOWN_NODE'
  | 'CONFLICT'

/** A function where making the words is dear: it is not called once the report is full. */
export type Message = string | (() => string)

/** Of each severity. More help nobody, and a hostile file could ask for a million. */
export const MAX_PROBLEMS = 200

/** Of one key; who wants to see all of them searches the file. */
const MAX_LINES = 20

/** A key in one place of a lab file, and the lines it is on. */
export interface KeyUse {
  readonly place: string
  readonly row: KeyRow
  readonly lines: readonly number[]
}

const START: Spot = { line: 1, column: 1, path: '' }
const MAX_PATH = 200

/** Foreign text made safe to print: one line of at most `max` characters, nothing that steers a terminal. */
export function oneLine(text: string, max: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
  const line = text.slice(0, max + 1).replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '·')
  return line.length > max ? `${line.slice(0, max - 1)}…` : line
}

/** A text as it is shown in a message: in backticks, at most 60 characters. */
export const quote = (text: string): string => `\`${oneLine(text, 60).replaceAll('`', "'")}\``

/** Collects what is wrong in one topology, each mistake once, up to {@link MAX_PROBLEMS} errors and as many warnings. */
export class Report {
  readonly #problems: Record<Problem['severity'], Problem[]> = { error: [], warning: [] }
  readonly #seen = new Set<string>()
  readonly #full = new Set<Problem['severity']>()
  readonly #uses = new Map<string, KeyUse>()

  /** Something that keeps the lab from being started. */
  error(code: ProblemCode, at: Spot, message: Message): void {
    this.#add('error', { code, at, message })
  }

  /** Something that is left out or ignored, and worth knowing. */
  warn(code: ProblemCode, at: Spot, message: Message): void {
    this.#add('warning', { code, at, message })
  }

  /** A key that is written, and means something else here than in containerlab, or nothing. */
  use(place: string, row: KeyRow, at: Spot): void {
    const known = this.#uses.get(`${place} ${row.key}`)
    const lines = known?.lines ?? []
    if (lines.length >= MAX_LINES || lines.includes(at.line)) return
    this.#uses.set(`${place} ${row.key}`, { place, row, lines: [...lines, at.line] })
  }

  /** What was used, in the order of the file. */
  uses(): readonly KeyUse[] {
    return [...this.#uses.values()].toSorted((a, b) => (a.lines[0] ?? 0) - (b.lines[0] ?? 0))
  }

  get hasErrors(): boolean {
    return this.#problems.error.length > 0
  }

  /** Everything reported, in the order of the file. */
  problems(): readonly Problem[] {
    const all = [...this.#problems.error, ...this.#problems.warning]
    const sorted = all.toSorted((a, b) => a.line - b.line || a.column - b.column || (a.severity < b.severity ? -1 : 1))
    const last = sorted.at(-1) ?? START
    const more = [...this.#full].map((severity): Problem => {
      const message = `there are more ${severity}s; only ${MAX_PROBLEMS} are shown`
      return { severity, code: 'TOO_LARGE', path: '', line: last.line, column: last.column, message }
    })
    return [...sorted, ...more]
  }

  #add(severity: Problem['severity'], what: { code: ProblemCode; at: Spot; message: Message }): void {
    if (this.#full.has(severity)) return
    const { code, at } = what
    const message = typeof what.message === 'string' ? what.message : what.message()
    const key = `${severity} ${at.line}:${at.column} ${message}`
    if (this.#seen.has(key)) return
    const list = this.#problems[severity]
    if (list.length === MAX_PROBLEMS) {
      this.#full.add(severity)
      return
    }
    this.#seen.add(key)
    const path = oneLine(at.path, MAX_PATH)
    list.push({ severity, code, path, line: at.line, column: at.column, message })
  }
}
