import type { BindText } from './binds.ts'
import type { NodeFields } from './fields.ts'

/** The sections a node may draw on. A `group` or `kind` without an entry draws nothing. */
export interface Sections {
  readonly defaults: NodeFields
  readonly kinds: ReadonlyMap<string, NodeFields>
  readonly groups: ReadonlyMap<string, NodeFields>
}

/** What a node draws on, the most general first: defaults, kind, group, the node itself. */
export type Layers = readonly [NodeFields, NodeFields, NodeFields, NodeFields]

/** Finds the sections of a node. The kind may come from its group, the group from its own kind or the defaults. */
export function layersOf(node: NodeFields, { defaults, kinds, groups }: Sections): Layers {
  const ownKind = node.kind === undefined ? undefined : kinds.get(node.kind.text)
  const group = groups.get((node.group ?? ownKind?.group ?? defaults.group)?.text ?? '') ?? {}
  const kind = kinds.get((node.kind ?? group.kind ?? defaults.kind)?.text ?? '') ?? {}
  return [defaults, kind, group, node]
}

/**
 * What a node is after inheritance, as containerlab defines it: node before group before kind before defaults.
 * Scalars, commands and `ports`: the first that is set. `env`, `labels`, `sysctls`: merged by name. `exec`: all, from defaults
 * to node, each command once. `binds`: merged by their place in the container.
 */
export function inherit(layers: Layers): NodeFields {
  const [defaults, kind, group, node] = layers
  return {
    ...defaults,
    ...kind,
    ...group,
    ...node,
    env: mergeMaps(layers.map((layer) => layer.env)),
    labels: mergeMaps(layers.map((layer) => layer.labels)),
    sysctls: mergeMaps(layers.map((layer) => layer.sysctls)),
    exec: distinct(layers.flatMap((layer) => layer.exec ?? [])),
    binds: mergeBinds(layers.flatMap((layer) => layer.binds ?? [])),
  }
}

/** About how many characters a section adds to each node that draws on it. */
export function weigh(fields: NodeFields): number {
  const maps = [fields.env, fields.labels, fields.sysctls].flatMap((map) => [...(map ?? [])])
  const words = [fields.cmd ?? [], fields.entrypoint ?? [], ...(fields.exec ?? [])].flat()
  const binds = (fields.binds ?? []).map((bind) => `${bind.source}${bind.target}`)
  const texts = [...maps.flatMap(([key, { text }]) => [key, text]), ...words, ...binds, fields.image?.text ?? '']
  return texts.reduce((sum, text) => sum + text.length + 4, 50) + 20 * (fields.ports?.length ?? 0)
}

const mergeMaps = <V>(maps: readonly (ReadonlyMap<string, V> | undefined)[]): ReadonlyMap<string, V> =>
  new Map(maps.flatMap((map) => [...(map ?? [])]))

const distinct = (commands: readonly (readonly string[])[]): readonly (readonly string[])[] => [
  ...new Map(commands.map((command) => [JSON.stringify(command), command])).values(),
]

const mergeBinds = (binds: readonly BindText[]): readonly BindText[] => [
  ...new Map(binds.map((bind) => [bind.target, bind])).values(),
]
