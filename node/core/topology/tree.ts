import { quote, type Report, type Spot } from './report.ts'

/** What was written, without YAML's ways of writing it: scalars are the characters of the file, aliases are resolved. */
export type Tree = TextTree | ListTree | MapTree | NothingTree

export interface TextTree {
  readonly type: 'text'
  readonly text: string
  readonly at: Spot
}

export interface ListTree {
  readonly type: 'list'
  readonly items: readonly Tree[]
  readonly at: Spot
}

export interface MapTree {
  readonly type: 'map'
  readonly entries: ReadonlyMap<string, Entry>
  readonly at: Spot
}

/** `key:` with nothing behind it, `~` or `null`. */
interface NothingTree {
  readonly type: 'nothing'
  readonly at: Spot
}

export interface Entry {
  readonly key: string
  readonly keyAt: Spot
  readonly value: Tree
}

/** What every reading function needs: where to put mistakes, and whether unknown keys are forgiven. */
export interface Reader {
  readonly report: Report
  readonly lenient: boolean
  /** How many ports all nodes may still publish; goes down with each read. A range of few letters may be all there are. */
  readonly left?: { ports: number }
}

const NAMES = { text: 'text', list: 'a list', map: 'a map', nothing: 'nothing' } as const

/** The scalar, or undefined: silently where nothing is written, with an error where it is something else. */
export function asText(tree: Tree, reader: Reader, what: string): TextTree | undefined {
  if (tree.type === 'text' && tree.text.includes('\0')) {
    reader.report.error('BAD_VALUE', tree.at, `${what} holds a NUL character`)
    return undefined
  }
  return tree.type === 'text' ? tree : wrongType(tree, reader, `${what} must be text`)
}

/** As {@link asText}, for a list. */
export function asList(tree: Tree, reader: Reader, what: string): ListTree | undefined {
  return tree.type === 'list'
    ? tree
    : wrongType(tree, reader, `${what} must be a list, each item on a line that starts with \`- \``)
}

/** As {@link asText}, for a map. */
export function asMap(tree: Tree, reader: Reader, what: string): MapTree | undefined {
  return tree.type === 'map' ? tree : wrongType(tree, reader, `${what} must be a map of \`key: value\` lines`)
}

function wrongType(tree: Tree, reader: Reader, message: string): undefined {
  if (tree.type === 'nothing') return
  const found = tree.type === 'text' ? quote(tree.text) : NAMES[tree.type]
  reader.report.error('WRONG_TYPE', tree.at, `${message}, but is ${found}`)
}
