import { nearest } from '../model/nearest.ts'
import { pathSteps } from './lab-paths.ts'
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

/** A bind that is known to be right. */
export const bindOf = (text: string, at: Spot): BindText => {
  const [source = '', target = '', options] = text.split(':')
  return { source, target: shorten(target), at, ...(options === undefined ? {} : { options }) }
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

const shorten = (path: string): string => `/${pathSteps(path).join('/')}`
