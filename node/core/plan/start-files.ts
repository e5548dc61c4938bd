import type { Assignment, LabIntent, LabNode } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { writtenKind } from '../model/software.ts'
import { type Save, savedOf } from '../saved/saved.ts'

/** A file a node starts with, by content. */
export interface StartFile {
  /** Absolute, inside the container. */
  readonly path: string
  /** Where it goes instead if it is text and no JSON. */
  readonly textPath?: string
  readonly sha256: string
  readonly mode: number
  readonly gid: number
  /** Values for its `{{ .Name }}`; absent where it is taken as it is. */
  readonly values?: Readonly<Record<string, string>>
  /** A line with a value there is not is left out. */
  readonly mayShrink: boolean
}

/** The files a node starts with: what was saved of it, else what its topology says, and its license. Nothing where nobody knows where they belong. */
export function startFiles(
  node: LabNode,
  { intent, assignment }: { readonly intent: LabIntent; readonly assignment: Assignment },
  saves: readonly Save[],
): readonly StartFile[] {
  const { config, licensePath } = node.software ?? {}
  const digest = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : intent.files.find((file) => file.path === path)?.sha256
  const license = digest(node.license)
  const plain = { mode: 0o644, gid: 0, mayShrink: false }
  const files: StartFile[] = []
  if (config !== undefined) {
    const { path, textPath, mode = 0o644, gid = 0, isEnforced } = config
    const place = { path, ...(textPath === undefined ? {} : { textPath }), mode, gid }
    const saved = isEnforced === true ? undefined : usefulSave(node, saves)
    const startup = digest(node.startupConfig)
    if (saved !== undefined) files.push({ ...place, sha256: saved.sha256, mayShrink: false })
    else if (startup !== undefined)
      files.push({
        ...place,
        sha256: startup,
        values: startValues(node, assignment),
        mayShrink: isOfKind(node.startupConfig),
      })
  }
  if (licensePath !== undefined && license !== undefined) files.push({ ...plain, path: licensePath, sha256: license })
  return files
}

/** What was saved last of a node, where it is of use: of another kind it would be read as nonsense. */
function usefulSave(node: LabNode, saves: readonly Save[]): ReturnType<typeof savedOf> {
  const saved = savedOf(saves, node.name)
  return saved?.kind === writtenKind(node) ? saved : undefined
}

/** For who submits a lab: which nodes that are made now do not start with what its file says. `made`: their names. */
export const savedNotes = (
  { nodes }: Pick<LabIntent, 'nodes'>,
  made: ReadonlySet<string>,
  saves: readonly Save[],
): readonly string[] =>
  nodes.flatMap((node) => {
    const { config } = node.software ?? {}
    const saved = config === undefined || config.isEnforced === true ? undefined : usefulSave(node, saves)
    if (saved === undefined || !made.has(node.name)) return []
    return [
      `${node.name} starts with what was saved of it (save ${saved.save}), not with its startup configuration; \`enforce-startup-config\` or \`skein lab saved --forget\` change that`,
    ]
  })

/** What a kind starts with by itself. */
const isOfKind = (path: string | undefined): boolean => path?.startsWith('.skein/kinds/') === true

/** Values by containerlab's names (types.NodeConfig); what the node has not is not among them. */
function startValues(node: LabNode, { mgmt }: Assignment): Readonly<Record<string, string>> {
  const addresses = own(mgmt?.nodes ?? {}, node.name)
  const bits = (subnet: string | undefined): string | undefined => subnet?.split('/')[1]
  const all = {
    ShortName: node.name,
    Kind: writtenKind(node),
    NodeType: node.type,
    MgmtIPv4Address: addresses?.ipv4,
    MgmtIPv6Address: addresses?.ipv6,
    MgmtIPv4PrefixLength: addresses?.ipv4 && bits(mgmt?.ipv4Subnet),
    MgmtIPv6PrefixLength: addresses?.ipv6 && bits(mgmt?.ipv6Subnet),
    MgmtIPv4Gateway: addresses?.ipv4 && mgmt?.ipv4Gw,
    MgmtIPv6Gateway: addresses?.ipv6 && mgmt?.ipv6Gw,
    ...Object.fromEntries(Object.entries(node.env).map(([name, value]) => [`Env.${name}`, value])),
  }
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

const VALUE = /\{\{-?\s*\.([A-Za-z0-9_.]+)\s*-?\}\}/g

/** A text with its `{{ .Name }}` filled in; what there is no value for stays as it is, or takes its line along. */
export function fillText(text: string, { values, mayShrink }: Pick<StartFile, 'values' | 'mayShrink'>): string {
  if (values === undefined) return text
  const isKnown = (line: string): boolean =>
    [...line.matchAll(VALUE)].every(([, name = '']) => own(values, name) !== undefined)
  const lines = mayShrink ? text.split('\n').filter(isKnown) : [text]
  return lines.join('\n').replaceAll(VALUE, (all, name: string) => own(values, name) ?? all)
}
