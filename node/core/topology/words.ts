/** Words, or why the line cannot be split. */
export type Words =
  | { readonly type: 'words'; readonly words: readonly string[] }
  | { readonly type: 'broken'; readonly reason: string }

type Part = { readonly text: string; readonly end: number } | { readonly unclosed: string }

const BLANK = /\s/
/** POSIX.1-2024 XCU §2.2.3: within double quotes a backslash is kept before anything else. */
const ESCAPABLE = '$`"\\\n'

/**
 * Splits a command line into words as a POSIX shell does (XCU §2.2, §2.3): quotes, backslashes and comments count;
 * variables, globs and pipes are ordinary characters, for no shell runs the command.
 */
export function splitWords(line: string): Words {
  const words: string[] = []
  let at = 0
  while (at < line.length) {
    if (BLANK.test(line.charAt(at))) at++
    else if (line[at] === '#') at = endOfLine(line, at)
    else {
      const word = readWord(line, at)
      if ('unclosed' in word) return { type: 'broken', reason: word.unclosed }
      words.push(...(word.text === '' && line.slice(at, word.end) === '\\\n' ? [] : [word.text]))
      at = word.end
    }
  }
  return { type: 'words', words }
}

function endOfLine(line: string, at: number): number {
  const end = line.indexOf('\n', at)
  return end < 0 ? line.length : end
}

function readWord(line: string, start: number): Part {
  let text = ''
  let at = start
  while (at < line.length && !BLANK.test(line.charAt(at))) {
    const part = readPart(line, at)
    if ('unclosed' in part) return part
    text += part.text
    at = part.end
  }
  return { text, end: at }
}

function readPart(line: string, at: number): Part {
  const first = line.charAt(at)
  if (first === "'") return readSingle(line, at)
  if (first === '"') return readDouble(line, at)
  if (first !== '\\') return { text: first, end: at + 1 }
  if (at + 1 === line.length) return { unclosed: 'it ends in a lone backslash' }
  return { text: line[at + 1] === '\n' ? '' : line.charAt(at + 1), end: at + 2 }
}

function readSingle(line: string, start: number): Part {
  const end = line.indexOf("'", start + 1)
  if (end < 0) return { unclosed: `the single quote at character ${start + 1} is never closed` }
  return { text: line.slice(start + 1, end), end: end + 1 }
}

function readDouble(line: string, start: number): Part {
  let text = ''
  for (let at = start + 1; at < line.length; at++) {
    const char = line.charAt(at)
    if (char === '"') return { text, end: at + 1 }
    const next = line.charAt(at + 1)
    if (char === '\\' && next !== '' && ESCAPABLE.includes(next)) {
      text += next === '\n' ? '' : next
      at++
    } else text += char
  }
  return { unclosed: `the double quote at character ${start + 1} is never closed` }
}
