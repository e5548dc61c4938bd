/** The text of a lab file after substitution, which still knows where each character was written. */
export interface Source {
  readonly text: string
  /** Line and column, from 1, in the text as written, of an offset into `text`. */
  place(offset: number): { readonly line: number; readonly column: number }
}

/** From `out` on, text was written at `from` on; all of it at `from` itself where it is `inserted`. */
interface Stretch {
  readonly out: number
  readonly from: number
  readonly inserted: boolean
}

/** 1 MiB; lab files are a few KiB. Holds before and after substitution. */
export const MAX_SOURCE_CHARS = 1_048_576

/** `$$`, `${NAME}`, or how `${NAME:-default}` begins. */
const REFERENCE = /\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(\}|:[-=])/g

/** What stands for something else; without a name it is `$$`. */
interface Reference {
  readonly start: number
  readonly end: number
  readonly name?: string
  readonly fallback?: string
}

/**
 * Replaces `${VAR}`, `${VAR:-default}`, `${VAR:=default}` and `$$` in the raw text, as containerlab does before it reads YAML.
 * A default stands in for an unset or empty variable; an unset one without default stays as written.
 * Null where the text is, or becomes, longer than {@link MAX_SOURCE_CHARS}.
 */
export function substitute(text: string, variables: Readonly<Record<string, string>>): Source | null {
  if (text.length > MAX_SOURCE_CHARS) return null
  const stretches: Stretch[] = [{ out: 0, from: 0, inserted: false }]
  let result = ''
  let done = 0
  for (const found of referencesIn(text)) {
    const value = valueFor(found, variables)
    if (value === undefined) continue
    result += text.slice(done, found.start)
    stretches.push({ out: result.length, from: found.start, inserted: true })
    result += value
    done = found.end
    stretches.push({ out: result.length, from: done, inserted: false })
    if (result.length > MAX_SOURCE_CHARS) return null
  }
  result += text.slice(done)
  if (result.length > MAX_SOURCE_CHARS) return null
  return { text: result, place: placer(text, stretches) }
}

/** In order, none within another. A default ends at the first `}` of its line; without one it is no reference. */
function* referencesIn(text: string): Generator<Reference, void> {
  const closing = nextOf(text, '}')
  const lineEnd = nextOf(text, '\n')
  let done = 0
  for (const { 0: head, 1: name, 2: sign, index: start } of text.matchAll(REFERENCE)) {
    if (start < done) continue
    const begun = start + head.length
    const end = closing(begun)
    if (name === undefined) yield { start, end: begun }
    else if (sign === '}') yield { start, end: begun, name }
    else if (end < lineEnd(begun)) {
      done = end + 1
      yield { start, end: done, name, fallback: text.slice(begun, end) }
    }
  }
}

/** Where `char` is next, for places that only grow: what was found once is not looked for again. Infinity where it is no more. */
function nextOf(text: string, char: string): (from: number) => number {
  let next = -1
  return (from) => {
    if (next >= from) return next
    const at = text.indexOf(char, from)
    next = at === -1 ? Number.POSITIVE_INFINITY : at
    return next
  }
}

function valueFor({ name, fallback }: Reference, variables: Readonly<Record<string, string>>): string | undefined {
  if (name === undefined) return '$'
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined
  return fallback !== undefined && (value === undefined || value === '') ? fallback : value
}

function placer(text: string, stretches: readonly Stretch[]): Source['place'] {
  const lineStarts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1)
  return (offset) => {
    const stretch = stretches[lastIndex(stretches.length, (i) => (stretches[i]?.out ?? 0) <= offset)]
    const from = stretch === undefined ? 0 : stretch.from + (stretch.inserted ? 0 : offset - stretch.out)
    const line = lastIndex(lineStarts.length, (i) => (lineStarts[i] ?? 0) <= from)
    return { line: line + 1, column: from - (lineStarts[line] ?? 0) + 1 }
  }
}

/** The last index below `length` that holds, where all before it hold too; 0 where none does. */
function lastIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low
}
