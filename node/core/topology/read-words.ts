import { quote } from './report.ts'
import { asList, asText, type Reader, type Tree } from './tree.ts'
import { splitWords } from './words.ts'

/** One command line as argv; empty counts as not written. */
export function readWords(tree: Tree, reader: Reader, what: string): readonly string[] | undefined {
  const text = asText(tree, reader, what)
  if (text === undefined) return undefined
  const split = splitWords(text.text)
  if (split.type === 'words') return split.words.length === 0 ? undefined : split.words
  reader.report.error('BAD_VALUE', text.at, `${what} cannot be split into words, ${split.reason}: ${quote(text.text)}`)
  return undefined
}

/** A list of command lines, each as argv. */
export function readExec(tree: Tree, reader: Reader): readonly (readonly string[])[] | undefined {
  const list = asList(tree, reader, '`exec`')
  return list?.items.flatMap((item) => {
    const words = readWords(item, reader, 'a command of `exec`')
    return words === undefined ? [] : [words]
  })
}
