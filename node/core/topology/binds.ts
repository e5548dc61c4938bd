import { nearest } from '../model/nearest.ts'
import { quote, type Spot } from './report.ts'
import { asList, asText, type Reader, type TextTree, type Tree } from './tree.ts'

/** `source:target[:options]` taken apart; `source` as written, `target` in its shortest form. */
export interface BindText {
  readonly source: string
  readonly target: string
  readonly options?: string
  readonly at: Spot
}

/** What `docker run --volume` takes behind the second colon. */
const OPTIONS: readonly string[] = [
  ...['ro', 'rw', 'z', 'Z', 'nocopy', 'private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'],
  ...['consistent', 'cached', 'delegated'],
]

/** A list of binds; of two for one place in the container the later stays, with a warning. */
export function readBinds(tree: Tree, reader: Reader): readonly BindText[] | undefined {
  const list = asList(tree, reader, '`binds`')
  if (list === undefined) return undefined
  const byTarget = new Map<string, BindText>()
  for (const item of list.items) {
    const text = asText(item, reader, 'an item of `binds`')
    const bind = text === undefined ? undefined : readBind(text, reader)
    if (bind === undefined) continue
    const first = byTarget.get(bind.target)
    if (first !== undefined) {
      const message = `${quote(bind.target)} is bound on line ${first.at.line} too; this bind replaces that one`
      reader.report.warn('DUPLICATE', bind.at, message)
    }
    byTarget.set(bind.target, bind)
  }
  return [...byTarget.values()]
}

function readBind({ text, at }: TextTree, reader: Reader): BindText | undefined {
  const [source = '', target = '', options, ...rest] = text.split(':')
  const problem =
    rest.length > 0
      ? 'has more than three parts'
      : source === '' || target === ''
        ? 'needs a source and a place in the container'
        : (targetProblem(target) ?? optionsProblem(options))
  if (problem === undefined) {
    return { source, target: shorten(target), at, ...(options === undefined || options === '' ? {} : { options }) }
  }
  reader.report.error(
    'BAD_VALUE',
    at,
    `the bind ${quote(text)} ${problem}; write it as in \`conf/frr.conf:/etc/frr/frr.conf:ro\``,
  )
  return undefined
}

function targetProblem(target: string): string | undefined {
  if (!target.startsWith('/')) return `ends at ${quote(target)}, which is not an absolute path in the container`
  if (target.split('/').includes('..')) return 'leaves its place in the container by `..`'
  return shorten(target) === '/' ? "covers the container's whole file system" : undefined
}

function optionsProblem(options: string | undefined): string | undefined {
  const unknown = (options ?? '').split(',').find((option) => option !== '' && !OPTIONS.includes(option))
  if (unknown === undefined) return undefined
  const near = nearest(unknown, OPTIONS)
  return `has the unknown option ${quote(unknown)}${near === undefined ? '' : ` (perhaps \`${near}\`)`}`
}

const steps = (path: string): readonly string[] => path.split('/').filter((step) => step !== '' && step !== '.')

const shorten = (path: string): string => `/${steps(path).join('/')}`

/** Where a bind's source is: a path of the host, a path within the lab's folder, or nowhere it may be. */
export type BindSource =
  | { readonly type: 'host'; readonly path: string }
  | { readonly type: 'lab'; readonly path: string; readonly isFolder: boolean }
  | { readonly type: 'refused'; readonly reason: string }

/** Resolves a source against the lab's folder, by the letters alone; the file system is never asked. */
export function resolveSource(source: string): BindSource {
  if (source.startsWith('~'))
    return { type: 'refused', reason: '`~` means another folder on each host; write the whole path' }
  const magic = /__clab\w+__/.exec(source)
  if (magic !== null) return { type: 'refused', reason: `${quote(magic[0])} is not supported yet` }
  if (source.startsWith('/')) return { type: 'host', path: source }
  const path: string[] = []
  for (const step of steps(source)) {
    if (step !== '..') path.push(step)
    else if (path.pop() === undefined)
      return { type: 'refused', reason: "it leaves the lab's folder, and only files within travel with the lab" }
  }
  if (path.length === 0)
    return { type: 'refused', reason: "it is the lab's whole folder; name a file or a folder within" }
  return { type: 'lab', path: path.join('/'), isFolder: source.endsWith('/') }
}
