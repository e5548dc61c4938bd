import Table from 'cli-table3'
import type { Problem } from '#core/model/errors.ts'
import type { Failure } from './failures.ts'

type Cell = string | number | null | undefined

const NO_CHARS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** A table without borders, its head in capitals, `-` for what is missing; ends in a newline. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const sheet = new Table({
    head: head.map((word) => word.toUpperCase()),
    chars: NO_CHARS,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  })
  for (const row of rows) sheet.push(row.map(cellText))
  const lines = sheet
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
  return `${lines.join('\n')}\n`
}

/** Control characters of what others wrote must not reach the terminal. */
export const plain = (text: string): string => text.replace(/[^\P{Cc}\t\n]/gu, '?')

const cellText = (cell: Cell): string =>
  cell === null || cell === undefined || cell === '' ? '-' : plain(String(cell)).replaceAll('\n', ' ')

/** JSON for programs, one value. */
export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** What went wrong and what to do next, for people; lists in the details come first, a line each. */
export function failureText({ message, hint, details }: Failure): string {
  const listed = [details.faults, details.reasons].flat().filter((line) => typeof line === 'string')
  const words = new Set(message.split(/[^A-Za-z0-9-]+/))
  const missing = Array.isArray(details.missing) ? details.missing.filter((host) => !words.has(String(host))) : []
  return [
    ...listed.map((line) => `  ${line}`),
    `error: ${message.replaceAll('\n', '\n       ')}${missing.length === 0 ? '' : ` (missing: ${missing.join(', ')})`}`,
    ...(hint === '' ? [] : [`hint: ${hint}`]),
    '',
  ]
    .map(plain)
    .join('\n')
}

/** `file:line:column: severity: message (path)`, one line each. */
export function problemsText(file: string, problems: readonly Problem[]): string {
  return problems
    .map(({ line, column, severity, message, path }) => {
      const where = path === '' ? '' : ` (${path})`
      return `${plain(`${file}:${line}:${column}: ${severity}: ${message}${where}`)}\n`
    })
    .join('')
}
