import type { Problem } from '../model/errors.ts'
import type { LabName } from '../model/ids.ts'
import type { Bind, LabFile, LabIntent, LabNode } from '../model/lab.ts'
import { quote } from './report.ts'
import { joinSegments } from './segments.ts'
import type { CheckedLink } from './validate.ts'

/** What checks have passed. */
export interface CheckedLab {
  readonly name: string
  readonly prefix: string
  readonly nodes: readonly LabNode[]
  readonly links: readonly CheckedLink[]
}

/** The intent of a checked lab, its files still to come. */
export function toIntent({ name, prefix, nodes, links }: CheckedLab): LabIntent {
  return { name: name as LabName, prefix, nodes, ...joinSegments(links, nodes), files: [] }
}

/**
 * Gives an intent the files it travels with. A bind that names a folder gets a source ending in `/`; one whose file is not
 * among `files` is an error, without a place in the text: line 1, column 1. Files no bind names are left out.
 */
export function withFiles(
  intent: LabIntent,
  files: readonly LabFile[],
): { readonly intent?: LabIntent; readonly problems: readonly Problem[] } {
  const shelf = shelve(files)
  const problems: Problem[] = []
  const nodes = intent.nodes.map((node) => {
    const binds = node.binds.map((bind) => {
      const source = bind.travels ? findSource(bind, shelf) : bind.source
      if (source === undefined) problems.push(missingFile(node, bind))
      return { ...bind, source: source ?? bind.source }
    })
    return { ...node, binds }
  })
  if (problems.length > 0) return { problems }
  const sources = new Set(nodes.flatMap((node) => node.binds.flatMap((bind) => (bind.travels ? [bind.source] : []))))
  const needed = files.filter(({ path }) => sources.has(path) || foldersOf(path).some((folder) => sources.has(folder)))
  return { intent: { ...intent, nodes, files: needed }, problems }
}

interface Shelf {
  readonly paths: ReadonlySet<string>
  /** With a `/` at the end. */
  readonly folders: ReadonlySet<string>
}

const shelve = (files: readonly LabFile[]): Shelf => ({
  paths: new Set(files.map((file) => file.path)),
  folders: new Set(files.flatMap((file) => foldersOf(file.path))),
})

/** Every folder a file is in: `a/`, `a/b/` for `a/b/c`. */
function foldersOf(path: string): readonly string[] {
  const steps = path.split('/').slice(0, -1)
  return steps.map((_, i) => `${steps.slice(0, i + 1).join('/')}/`)
}

function findSource({ source }: Bind, { paths, folders }: Shelf): string | undefined {
  if (paths.has(source)) return source
  const folder = source.endsWith('/') ? source : `${source}/`
  return folders.has(folder) ? folder : undefined
}

const missingFile = (node: LabNode, bind: Bind): Problem => ({
  severity: 'error',
  code: 'MISSING',
  path: `nodes.${node.name}.binds`,
  line: 1,
  column: 1,
  message: `the file or folder ${quote(bind.source)} that node ${quote(node.name)} binds to ${quote(bind.target)} is not next to the lab file, or is empty`,
})
