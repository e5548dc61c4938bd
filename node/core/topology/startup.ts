import type { LabNode } from '../model/lab.ts'
import type { Software } from '../model/software.ts'
import type { NodeFields } from './fields.ts'
import type { VendorKind } from './kinds/vendor-kind.ts'
import { kindPath } from './lab-paths.ts'
import type { InlineFile, NodeFiles } from './node-files.ts'
import { quote } from './report.ts'
import type { Reader, TextTree } from './tree.ts'
import { configPlace, type VendorDraft } from './vendor-node.ts'
import { splitWords } from './words.ts'

/** Labels by which a `linux` node says where its configuration is, how it is written down, and how it is read. */
const CONFIG_LABELS = {
  file: 'skein/config-file',
  save: 'skein/config-save',
  get: 'skein/config-get',
} as const

/** What labels say of the software in a node that is of no vendor's kind; undefined where they say nothing. */
export function labelledSoftware(draft: VendorDraft, reader: Reader): Software | undefined {
  const { labels } = draft.fields
  const file = labels?.get(CONFIG_LABELS.file)
  const save = commandOf(labels?.get(CONFIG_LABELS.save), reader)
  const written = commandOf(labels?.get(CONFIG_LABELS.get), reader)
  if (file !== undefined && !isFile(file.text)) {
    const message = `label \`${CONFIG_LABELS.file}\` cannot be ${quote(file.text)}; write an absolute path in the container, as in \`/etc/frr/frr.conf\``
    reader.report.error('BAD_VALUE', file.at, message)
    return undefined
  }
  const get = written ?? (file === undefined ? undefined : ['cat', file.text])
  if (get === undefined) {
    if (save !== undefined) lonelySave(labels?.get(CONFIG_LABELS.save), reader)
    return undefined
  }
  return {
    ...(file === undefined ? {} : configPlace({ path: file.text }, draft, reader)),
    ...(save === undefined ? {} : { save }),
    get,
  }
}

const isFile = (path: string): boolean =>
  path.startsWith('/') && !path.endsWith('/') && !path.split('/').some((step) => step === '..' || step === '.')

function lonelySave(label: TextTree | undefined, reader: Reader): void {
  if (label === undefined) return
  const message = `label \`${CONFIG_LABELS.save}\` needs \`${CONFIG_LABELS.file}\` or \`${CONFIG_LABELS.get}\` next to it: where is the configuration then?`
  reader.report.error('MISSING', label.at, message)
}

function commandOf(label: TextTree | undefined, reader: Reader): readonly string[] | undefined {
  if (label === undefined) return undefined
  const split = splitWords(label.text)
  if (split.type === 'words' && split.words.length > 0) return split.words
  const why = split.type === 'broken' ? split.reason : 'it is empty'
  reader.report.error('BAD_VALUE', label.at, `the command ${quote(label.text)} cannot be run: ${why}`)
  return undefined
}

/** Refuses what contradicts itself, as containerlab does (nodes/default_node.go, `GenerateConfig`), and warns of what has no effect. */
export function checkStartup({ name, at, fields }: VendorDraft, software: Software | undefined, reader: Reader): void {
  const { startupConfig, enforceStartup, suppressStartup } = fields
  if (enforceStartup === true && suppressStartup === true) {
    const message = `${quote(name)} cannot have both \`enforce-startup-config\` and \`suppress-startup-config\``
    reader.report.error('CONFLICT', at, message)
  }
  if (enforceStartup === true && startupConfig === undefined)
    reader.report.error('MISSING', at, `${quote(name)} has \`enforce-startup-config\`, and no \`startup-config\``)
  if (startupConfig === undefined || software?.config !== undefined || suppressStartup === true) return
  const hint = software?.kind === undefined ? `; the label \`${CONFIG_LABELS.file}\` says where it belongs` : ''
  const message = `\`startup-config\` of ${quote(name)} has no effect: nobody knows where this node reads it${hint}`
  reader.report.warn('NOT_SUPPORTED_YET', startupConfig.at, message)
}

/** The configuration a node starts with: the file's, none where it is suppressed, else what its kind starts with by itself. */
export function startupFiles(fields: NodeFields, files: NodeFiles, kind?: VendorKind): NodeFiles {
  if (fields.suppressStartup === true) {
    const { startupConfig, ...rest } = files
    const isOther = ({ path }: { readonly path: string }): boolean => path !== startupConfig
    return { ...rest, uses: files.uses.filter(isOther), inline: files.inline.filter(isOther) }
  }
  const fallback = kind?.fallback
  if (files.startupConfig !== undefined || fallback === undefined) return files
  const made: InlineFile = { path: kindPath(kind?.names[0] ?? ''), text: `${fallback.join('\n')}\n` }
  return { ...files, startupConfig: made.path, inline: [...files.inline, made] }
}

/** A variable of a node that lists its interfaces, as some kinds want it. `names`: of its interfaces, in order. */
export function withInterfaces(node: LabNode, kind: VendorKind | undefined, names: readonly string[]): LabNode {
  const { interfaces } = kind ?? {}
  if (interfaces === undefined || node.env[interfaces.variable] !== undefined) return node
  const text = names
    .map((name) => interfaces.each.replaceAll('{name}', name).replaceAll('{vendor}', name.replaceAll('-', '/')))
    .join('')
  return { ...node, env: { ...node.env, [interfaces.variable]: text } }
}
