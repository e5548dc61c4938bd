import type { Problem } from '../model/errors.ts'
import type { LabName } from '../model/ids.ts'
import type { Anchor, LabFile, LabIntent, LabNode } from '../model/lab.ts'
import type { MgmtWish } from '../model/mgmt.ts'
import { fileSource } from './lab-paths.ts'
import { quote } from './report.ts'
import { joinSegments } from './segments.ts'
import type { CheckedLink } from './validate.ts'

/** What checks have passed. */
export interface CheckedLab {
  readonly name: string
  readonly prefix: string
  readonly nodes: readonly LabNode[]
  readonly links: readonly CheckedLink[]
  readonly anchors: readonly Anchor[]
  readonly mgmt?: MgmtWish | undefined
}

/** The intent of a checked lab, its files still to come. */
export function toIntent({ name, prefix, nodes, links, anchors, mgmt }: CheckedLab): LabIntent {
  return {
    name: name as LabName,
    prefix,
    nodes,
    ...joinSegments(links, nodes),
    ...(anchors.length === 0 ? {} : { anchors }),
    ...(mgmt === undefined ? {} : { mgmt }),
    files: [],
  }
}

/**
 * Gives an intent the files it travels with. A bind that names a folder gets a source ending in `/`; one that needs a file which is not
 * among `files` is an error, without a place in the text: line 1, column 1. Absolute paths whose content is not there stay those of
 * each host. Files that nothing names are left out.
 */
export function withFiles(
  intent: LabIntent,
  files: readonly LabFile[],
): { readonly intent?: LabIntent; readonly problems: readonly Problem[] } {
  const shelf = shelve(files)
  const problems: Problem[] = []
  const nodes = intent.nodes.map((node) => {
    const binds = node.binds.map((bind) => {
      const found = bind.travels ? findSource(bind.source, shelf) : awaySource(bind.source, shelf)
      if (bind.travels && found === undefined)
        problems.push(missingFile(node, bind.source, `binds to ${quote(bind.target)}`))
      return found === undefined ? bind : { ...bind, source: found, travels: true }
    })
    for (const path of singleFiles(node))
      if (!shelf.paths.has(path)) problems.push(missingFile(node, path, 'starts with'))
    return { ...node, binds }
  })
  if (problems.length > 0) return { problems }
  const sources = new Set(
    nodes.flatMap((node) => [
      ...node.binds.flatMap((bind) => (bind.travels ? [bind.source] : [])),
      ...singleFiles(node),
    ]),
  )
  const needed = files.filter(({ path }) => sources.has(path) || foldersOf(path).some((folder) => sources.has(folder)))
  return { intent: { ...intent, nodes, files: needed }, problems }
}

const singleFiles = ({ startupConfig, license, imageFiles = [] }: LabNode): readonly string[] =>
  [startupConfig, license, ...imageFiles].filter((path) => path !== undefined)

/** Where an absolute path's content is, if it came along. */
function awaySource(source: string, shelf: Shelf): string | undefined {
  const found = fileSource(source)
  return found.type === 'travels' ? findSource(found.path, shelf) : undefined
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
export function foldersOf(path: string): readonly string[] {
  const steps = path.split('/').slice(0, -1)
  return steps.map((_, i) => `${steps.slice(0, i + 1).join('/')}/`)
}

function findSource(source: string, { paths, folders }: Shelf): string | undefined {
  if (paths.has(source)) return source
  const folder = source.endsWith('/') ? source : `${source}/`
  return folders.has(folder) ? folder : undefined
}

const missingFile = (node: LabNode, path: string, does: string): Problem => ({
  severity: 'error',
  code: 'MISSING',
  path: `nodes.${node.name}`,
  line: 1,
  column: 1,
  message: `the file or folder ${quote(path)} that node ${quote(node.name)} ${does} is not next to the lab file, or is empty`,
})
