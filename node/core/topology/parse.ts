import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { MAX_PROBLEMS, oneLine, quote, type Report, type Spot } from './report.ts'
import type { Source } from './source.ts'
import type { Entry, MapTree, Tree } from './tree.ts'

/** Counted after aliases are followed, so that a few lines of nested aliases cannot fill the memory. */
const MAX_TREE_NODES = 100_000
/** A lab file needs about eight. */
const MAX_DEPTH = 40

/** The actions of Go's text/template that lab files use. */
const TEMPLATE = /\{\{-?\s*(?:if|range|with|define|end|else|template|[.$])/

const NESTED = 'this is nested too deeply'

const FRIENDLY: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is used for indentation; YAML allows only spaces',
  MULTIPLE_DOCS: 'a second document starts here (`---`); a lab file holds one',
}

/** Reads YAML 1.2. Undefined where the text is not YAML, or holds nothing; the reasons are in the report. Never throws. */
export function parseTree(source: Source, report: Report): Tree | undefined {
  const document = parseYaml(source, report)
  if (document === undefined) return undefined
  const spotAt = (offset: number): Spot => ({ ...source.place(offset), path: '' })
  const template = document.errors.length > 0 ? TEMPLATE.exec(source.text) : null
  if (template !== null) {
    report.error(
      'SYNTAX',
      spotAt(template.index),
      'this is a Go template (`{{ … }}`), which is not filled in here; fill it in first, for example with gomplate, and give the result',
    )
    return undefined
  }
  for (const { pos, message } of document.warnings.slice(0, MAX_PROBLEMS + 1)) {
    report.warn('SYNTAX', spotAt(pos[0]), yamlMessage('', message))
  }
  for (const { pos, code, message } of document.errors.slice(0, MAX_PROBLEMS + 1)) {
    const offset = code === 'BAD_INDENT' ? textFrom(source.text, pos[0]) : pos[0]
    report.error('SYNTAX', spotAt(offset), yamlMessage(code, message))
  }
  if (document.errors.length > 0) return undefined
  if (document.contents === null) {
    report.error('MISSING', spotAt(0), 'the file is empty; it needs at least `name` and `topology`')
    return undefined
  }
  return new Converter(source, report).convert(document.contents, '')
}

function parseYaml(source: Source, report: Report): Document.Parsed | undefined {
  const { stackTraceLimit } = Error
  try {
    // Each mistake is an `Error` to the package: in a MiB of brackets the stack traces alone would take ten seconds.
    Error.stackTraceLimit = 0
    // Repeated keys are found by the converter: the package compares each key with all others of its map.
    return parseDocument(source.text, { version: '1.2', uniqueKeys: false, prettyErrors: false, logLevel: 'error' })
  } catch (error) {
    const reason = error instanceof RangeError ? NESTED : String(error)
    report.error('SYNTAX', { line: 1, column: 1, path: '' }, `the file cannot be read as YAML: ${reason}`)
    return undefined
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function yamlMessage(code: string, message: string): string {
  // The package passes on what the engine says where it runs out of stack.
  if (/stack/i.test(message) && !message.includes('"')) return NESTED
  return FRIENDLY[code] ?? `not valid YAML: ${oneLine(message.charAt(0).toLowerCase() + message.slice(1), 200)}`
}

/** The package points a wrong indentation at the end of the line before it; the next text is what has to move. */
function textFrom(text: string, offset: number): number {
  const blanks = /^[ \n\r]*/.exec(text.slice(offset, offset + 1000))?.[0].length ?? 0
  return offset + blanks < text.length ? offset + blanks : offset
}

class Converter {
  readonly #source: Source
  readonly #report: Report
  readonly #anchors = new Map<string, Node>()
  #count = 0
  #depth = 0
  #isStopped = false

  constructor(source: Source, report: Report) {
    this.#source = source
    this.#report = report
  }

  convert(node: Node | null, path: string, fallback?: Spot): Tree {
    const at = node === null ? (fallback ?? { line: 1, column: 1, path }) : this.#spot(node, path)
    if (node === null || this.#exhausted(at)) return { type: 'nothing', at }
    this.#depth++
    const tree = this.#convertKnown(node, at)
    this.#depth--
    if (!isAlias(node) && node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    return tree
  }

  #convertKnown(node: Node, at: Spot): Tree {
    if (isAlias(node)) return this.#alias(node, at)
    if (isMap(node)) return this.#map(node, at)
    if (isSeq(node)) return this.#list(node, at)
    if (isScalar(node) && node.value !== null) return { type: 'text', text: scalarText(node), at }
    return { type: 'nothing', at }
  }

  #alias(alias: Alias, at: Spot): Tree {
    const target = this.#anchors.get(alias.source)
    if (target !== undefined) return this.convert(target, at.path)
    this.#report.error('BAD_VALUE', at, `no anchor ${quote(`&${alias.source}`)} is set before this alias`)
    return { type: 'nothing', at }
  }

  #list(list: YAMLSeq, at: Spot): Tree {
    const items = list.items.map((item, i) => this.convert(item as Node | null, `${at.path}[${i}]`, at))
    return { type: 'list', items, at }
  }

  #map(map: YAMLMap, at: Spot): MapTree {
    const entries = new Map<string, Entry>()
    const merged: Entry[] = []
    for (const pair of map.items as Pair<Node | null, Node | null>[]) {
      const key = this.#key(pair.key, at)
      if (key === undefined) continue
      if (isMergeKey(pair.key)) merged.push(...this.#merged(pair.value, key.keyAt, at.path))
      else this.#addEntry(entries, key, pair.value)
    }
    for (const entry of merged) if (!entries.has(entry.key)) entries.set(entry.key, entry)
    return { type: 'map', entries, at }
  }

  #addEntry(entries: Map<string, Entry>, named: { key: string; keyAt: Spot }, value: Node | null): void {
    const first = entries.get(named.key)
    if (first !== undefined) {
      const message = `${quote(named.key)} is written twice here; the first is on line ${first.keyAt.line}`
      this.#report.error('DUPLICATE', named.keyAt, message)
      return
    }
    entries.set(named.key, { ...named, value: this.convert(value, named.keyAt.path, named.keyAt) })
  }

  #key(node: Node | null, at: Spot): { key: string; keyAt: Spot } | undefined {
    const spot = node === null ? at : this.#spot(node, at.path)
    const target = isAlias(node) ? this.#anchors.get(node.source) : node
    const key = isScalar(target) ? scalarText(target) : ''
    if (key !== '') return { key, keyAt: { ...spot, path: at.path === '' ? key : `${at.path}.${key}` } }
    this.#report.error(
      'SYNTAX',
      spot,
      isScalar(target) || node === null ? 'a key is missing before this `:`' : 'a key must be one word or text',
    )
    return undefined
  }

  /** Entries a `<<` brings, nearest first; YAML's merge key, https://yaml.org/type/merge.html */
  #merged(value: Node | null, keyAt: Spot, path: string): readonly Entry[] {
    const parts = isSeq(value) ? (value.items as (Node | null)[]) : [value]
    return parts.flatMap((part) => {
      const tree = this.convert(part, path, keyAt)
      if (tree.type === 'map') return [...tree.entries.values()]
      this.#report.error('WRONG_TYPE', keyAt, '`<<` takes a map or a list of maps, as in `<<: *name`')
      return []
    })
  }

  #spot(node: Node, path: string): Spot {
    return { ...this.#source.place(node.range?.[0] ?? 0), path }
  }

  #exhausted(at: Spot): boolean {
    if (this.#depth >= MAX_DEPTH) {
      this.#report.error('TOO_LARGE', { ...at, path: '' }, 'this is nested too deeply')
      return true
    }
    if (++this.#count <= MAX_TREE_NODES) return false
    if (!this.#isStopped) {
      this.#report.error(
        'TOO_LARGE',
        { ...at, path: '' },
        'the file becomes too large here when its aliases are followed',
      )
    }
    this.#isStopped = true
    return true
  }
}

/** `source` is the text between the quotes or of the block; the value would have lost `0x10`, `1.50` or `yes`. */
const scalarText = (scalar: Scalar): string => scalar.source ?? String(scalar.value ?? '')

const isMergeKey = (key: Node | null): boolean => isScalar(key) && key.type === 'PLAIN' && key.source === '<<'
