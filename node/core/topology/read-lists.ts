import { quote } from './report.ts'
import { asList, asText, type Reader, type TextTree, type Tree } from './tree.ts'

/** A list of texts, each once; empty ones are left out, as is what is no text, with an error. */
export function readTexts(tree: Tree, reader: Reader, what: string): readonly TextTree[] | undefined {
  const list = asList(tree, reader, what)
  if (list === undefined) return undefined
  const texts = list.items.flatMap((item) => {
    const text = asText(item, reader, `an item of ${what}`)
    return text === undefined || text.text === '' ? [] : [text]
  })
  return [...new Map(texts.map((text) => [text.text, text])).values()]
}

interface FormRule<T> {
  readonly what: string
  /** Undefined where the text has not this form. */
  read(text: string): T | undefined
  readonly example: string
}

/** A list of texts of one form; the others are errors. */
export function readForms<T>(tree: Tree, reader: Reader, rule: FormRule<T>): readonly T[] | undefined {
  return readTexts(tree, reader, rule.what)?.flatMap(({ text, at }) => {
    const value = rule.read(text)
    if (value !== undefined) return [value]
    const message = `an item of ${rule.what} cannot be ${quote(text)}; write it as in \`${rule.example}\``
    reader.report.error('BAD_VALUE', at, message)
    return []
  })
}
