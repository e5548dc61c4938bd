import type { ResultRow } from './rows.ts'

const COLUMNS = [
  'id',
  'exercise',
  'source',
  'destination',
  'state',
  'receivedBps',
  'sentBps',
  'retransmits',
  'jitterMs',
  'lossRatio',
  'idleMs',
  'loadedMs',
  'startedAt',
  'error',
] as const satisfies readonly (keyof ResultRow)[]

/** RFC 4180: a header, lines that end in CR LF; what is not known is empty. Text that a spreadsheet would run as a formula begins with `'`. */
export const toCsv = (rows: readonly ResultRow[]): string =>
  [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => cell(row[column])))]
    .map((line) => `${line.join(',')}\r\n`)
    .join('')

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
