import type { HostId } from '../model/ids.ts'
import { own } from '../model/own.ts'
import type { RecordDraft } from '../model/record.ts'
import { TOMBSTONE_MS } from '../record/expire.ts'

/** The configuration of one node, as it was read out of it. */
export interface SavedConfig {
  /** Digest (hex) of its text, UTF-8. */
  readonly sha256: string
  readonly sizeBytes: number
  /** The kind of the node as its file wrote it; of another kind it is of no use. */
  readonly kind: string
}

/** One `skein lab save`. */
export interface Save {
  /** Grows with each save of the lab; numbers may be left out. */
  readonly save: number
  /** Wall clock of the host that took it; decides nothing. */
  readonly atMs: number
  readonly host: HostId
  /** Generation of the lab at that time. */
  readonly revision: number
  readonly nodes: Readonly<Record<string, SavedConfig>>
}

/** Body of a `saves` record, key: the lab. */
export interface SavesBody {
  readonly lab: string
  /** Oldest first. */
  readonly saves: readonly Save[]
}

/** So many of one lab are kept whole; of older ones only what is still the newest of a node. */
export const MAX_SAVES = 20
/** But fewer where they name more configurations than these, each some 140 bytes: the record of all must fit. The newest is kept whole. */
const MAX_SAVED = 2_000

/** The list with one more. */
export function withSave(list: readonly Save[], next: Save): readonly Save[] {
  const all = [...list, next]
  const sizes = all.map(({ nodes }) => Object.keys(nodes).length)
  const fits = (from: number): boolean => sizes.slice(from).reduce((sum, size) => sum + size, 0) <= MAX_SAVED
  const first = sizes.findIndex((_, at) => at >= all.length - MAX_SAVES && (at === all.length - 1 || fits(at)))
  const [old, whole] = [all.slice(0, first), all.slice(first)]
  const isNewest = (node: string, at: number): boolean =>
    all.slice(at + 1).every(({ nodes }) => own(nodes, node) === undefined)
  return [...old.flatMap((save, at) => without(save, (node) => !isNewest(node, at))), ...whole]
}

/** The list without what was saved of `nodes`, all unless told. */
export const withoutSaved = (list: readonly Save[], nodes?: readonly string[]): readonly Save[] =>
  nodes === undefined ? [] : list.flatMap((save) => without(save, (node) => nodes.includes(node)))

const without = (save: Save, isGone: (node: string) => boolean): readonly Save[] => {
  const nodes = Object.entries(save.nodes).filter(([node]) => !isGone(node))
  return nodes.length === 0 ? [] : [{ ...save, nodes: Object.fromEntries(nodes) }]
}

/** What was saved of a node last, or in the save of this number; undefined where nothing was. */
export function savedOf(
  list: readonly Save[],
  node: string,
  save?: number,
): (SavedConfig & Pick<Save, 'save'>) | undefined {
  const found = list.findLast((one) => own(one.nodes, node) !== undefined && (save === undefined || one.save === save))
  const config = found && own(found.nodes, node)
  return config === undefined || found === undefined ? undefined : { ...config, save: found.save }
}

/** Digests of all configurations in it, each once. */
export const digestsOf = (list: readonly Save[]): readonly string[] => [
  ...new Set(list.flatMap(({ nodes }) => Object.values(nodes).map(({ sha256 }) => sha256))),
]

/** Body of a `saves` record; empty where there is none. */
export const savesOf = (record: { readonly body: unknown } | undefined): readonly Save[] =>
  ((record?.body ?? null) as SavesBody | null)?.saves ?? []

/**
 * The record of what was saved of a lab. Of two hosts that save at once, one is right: what the other saved is missing in the list. It
 * outlives its lab as long as the lab's deletion is remembered.
 */
export const savesDraft = (
  body: SavesBody,
  version: readonly (number | string)[],
  { isDeleted, wallMs }: { readonly isDeleted: boolean; readonly wallMs: number },
): RecordDraft => ({
  kind: 'saves',
  key: body.lab,
  version,
  expiresAtMs: isDeleted ? wallMs + TOMBSTONE_MS : 0,
  body,
})
