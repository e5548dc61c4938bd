import type { Bind } from '../model/lab.ts'
import type { NodeFields } from './fields.ts'
import { type FileSource, fileSource, inlinePath, urlPath } from './lab-paths.ts'
import { quote, type Spot } from './report.ts'
import type { Reader, TextTree } from './tree.ts'

/** A file or folder that a topology names, for the caller to read. */
export interface FileUse {
  /** Under which path it travels with the lab, a folder where it ends in `/`. */
  readonly path: string
  /** Where it is read: absolute, from `~`, or relative to the lab's folder; or an address it is fetched from. */
  readonly from: string
  /** True where the host's own stands in for one that cannot be read. */
  readonly optional: boolean
  readonly line: number
  readonly column: number
}

/** Text of the topology that becomes a file of the lab. */
export interface InlineFile {
  readonly path: string
  readonly text: string
}

/** What a node needs of files. */
export interface NodeFiles {
  readonly binds: readonly Bind[]
  /** Paths of files with its environment, the most general first. */
  readonly envFiles: readonly FileUse[]
  readonly startupConfig?: string
  readonly license?: string
  /** Files an LXD image is made of. */
  readonly image?: readonly FileUse[]
  readonly uses: readonly FileUse[]
  readonly inline: readonly InlineFile[]
}

interface FileDraft {
  readonly name: string
  readonly lab: string
  readonly fields: NodeFields
}

/** containerlab's folder for a lab, next to its file. */
export const labFolderName = (lab: string): string => `clab-${lab}`

/** Replaces containerlab's magic words in the name of a file; relative names are those next to the lab's file. */
export const spellPath = (text: string, { name, lab }: Pick<FileDraft, 'name' | 'lab'>): string =>
  text
    .replaceAll('__clabNodeDir__', () => `${labFolderName(lab)}/${name}`)
    .replaceAll('__clabDir__', () => labFolderName(lab))
    .replaceAll('__clabNodeName__', () => name)
    .replaceAll('__clabLabName__', () => labFolderName(lab))

/** Finds out which files a node needs; what cannot be used is an error and left out. */
export function nodeFiles(draft: FileDraft, reader: Reader): NodeFiles {
  const { fields, name } = draft
  const binds = (fields.binds ?? []).flatMap(({ source, target, options, at }) => {
    const text: TextTree = { type: 'text', text: source, at }
    const found = sourceOf(text, { draft, reader, what: 'the source of this bind' })
    if (found === undefined) return []
    const rest = { target: spellPath(target, draft), ...(options === undefined ? {} : { options }) }
    return [{ bind: toBind(found, rest), uses: useOf(found, at) }]
  })
  const fileOf = (text: TextTree | undefined, what: string): FileUse | undefined => {
    if (text !== undefined && isAddress(text.text)) return addressUse(draft, text)
    const found = text === undefined ? undefined : sourceOf(text, { draft, reader, what })
    return found === undefined || text === undefined ? undefined : mustTravel(found, text, { reader, what })
  }
  const startup = placed(fields.startupConfig, inlinePath(name), (text) => fileOf(text, '`startup-config`'))
  const license = placed(fields.license, inlinePath(name, 'license'), (text) => fileOf(text, '`license`'))
  const envFiles = (fields.envFiles ?? []).flatMap((text) => fileOf(text, 'this file of `env-files`') ?? [])
  const single = [...envFiles, startup.use, license.use].filter((use) => use !== undefined)
  return {
    binds: binds.map(({ bind }) => bind),
    envFiles,
    ...(startup.path === undefined ? {} : { startupConfig: startup.path }),
    ...(license.path === undefined ? {} : { license: license.path }),
    uses: [...binds.flatMap(({ uses }) => uses), ...single],
    inline: [...startup.inline, ...license.inline],
  }
}

const isAddress = (text: string): boolean => /^https?:\/\/[^\s/]/i.test(text)

/** A file that is fetched from where it is when the lab is submitted. */
function addressUse({ name }: FileDraft, { text, at }: TextTree): FileUse {
  const last =
    text
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) ?? ''
  const file = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(last) ? last : 'file'
  return { path: urlPath(name, file), from: text, optional: false, line: at.line, column: at.column }
}

interface Placed {
  readonly path?: string
  readonly use?: FileUse
  readonly inline: readonly InlineFile[]
}

/** What may be a file or its text: text of several lines becomes a file of the lab at `path`. */
function placed(text: TextTree | undefined, path: string, read: (text: TextTree) => FileUse | undefined): Placed {
  if (text?.text.includes('\n') === true) return { path, inline: [{ path, text: text.text }] }
  const use = text === undefined ? undefined : read(text)
  return use === undefined ? { inline: [] } : { path: use.path, use, inline: [] }
}

type Found = Exclude<FileSource, { type: 'refused' }>

function sourceOf(
  { text, at }: TextTree,
  { draft, reader, what }: { draft: FileDraft; reader: Reader; what: string },
): Found | undefined {
  const spelled = spellPath(text, draft)
  const magic = /__clab\w+__/.exec(spelled)
  const found: FileSource =
    magic === null
      ? fileSource(spelled)
      : { type: 'refused', reason: `${quote(magic[0])} is none of containerlab's magic words` }
  if (found.type !== 'refused') return found
  reader.report.error('BAD_VALUE', at, `${what} cannot be ${quote(text)}: ${found.reason}`)
  return undefined
}

/** An absolute path stays the host's own until its content has come along. */
const toBind = (found: Found, rest: Pick<Bind, 'target' | 'options'>): Bind => {
  if (found.type === 'host') return { source: found.path, ...rest, travels: false }
  if (found.mayBeHosts) return { source: `${found.from}${found.isFolder ? '/' : ''}`, ...rest, travels: false }
  return { source: pathOf(found), ...rest, travels: true }
}

const pathOf = ({ path, isFolder }: Extract<Found, { type: 'travels' }>): string => (isFolder ? `${path}/` : path)

const useOf = (found: Found, { line, column }: Spot): readonly FileUse[] =>
  found.type === 'host' ? [] : [{ path: pathOf(found), from: found.from, optional: found.mayBeHosts, line, column }]

function mustTravel(
  found: Found,
  { text, at }: TextTree,
  { reader, what }: { reader: Reader; what: string },
): FileUse | undefined {
  const [use] = useOf(found, at)
  if (use !== undefined && !use.path.endsWith('/')) return { ...use, optional: false }
  const why = use === undefined ? 'it is in a folder of the system' : 'it is a folder'
  reader.report.error('BAD_VALUE', at, `${what} cannot be ${quote(text)}: ${why}`)
  return undefined
}
