import type { BindText } from './binds.ts'
import type { NodeFields } from './fields.ts'
import { mergeStages } from './read-stages.ts'
import type { TextTree } from './tree.ts'
import { mergeVolumes } from './volumes.ts'

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
 * What a node is after inheritance, as containerlab defines it (types/topology.go): node before group before kind before defaults.
 * Scalars, commands, `ports`, `dns` and `healthcheck`: the first that is set. `env`, `labels`, `sysctls`, `tmpfs`: merged by name. `exec`,
 * `env-files`, `devices`, `cap-add`, `security-opts`, `stages`: all, from defaults to node, each once. `binds`, `volumes`: merged by their
 * place in the container. Addresses and aliases are the node's own.
 */
export function inherit(layers: Layers): NodeFields {
  const [defaults, kind, group, node] = layers
  const { mgmtIpv4: _4, mgmtIpv6: _6, aliases: _names, ...first } = { ...defaults, ...kind, ...group, ...node }
  return {
    ...first,
    ...(node.mgmtIpv4 === undefined ? {} : { mgmtIpv4: node.mgmtIpv4 }),
    ...(node.mgmtIpv6 === undefined ? {} : { mgmtIpv6: node.mgmtIpv6 }),
    ...(node.aliases === undefined ? {} : { aliases: node.aliases }),
    env: mergeMaps(layers.map((layer) => layer.env)),
    labels: mergeMaps(layers.map((layer) => layer.labels)),
    sysctls: mergeMaps(layers.map((layer) => layer.sysctls)),
    tmpfs: mergeMaps(layers.map((layer) => layer.tmpfs)),
    exec: distinct(layers.flatMap((layer) => layer.exec ?? [])),
    envFiles: distinctTexts(layers.flatMap((layer) => layer.envFiles ?? [])),
    devices: distinct(layers.flatMap((layer) => layer.devices ?? [])),
    capAdd: distinct(layers.flatMap((layer) => layer.capAdd ?? [])),
    securityOpts: distinct(layers.flatMap((layer) => layer.securityOpts ?? [])),
    stages: mergeStages(layers.map((layer) => layer.stages)),
    binds: mergeBinds(layers.flatMap((layer) => layer.binds ?? [])),
    volumes: mergeVolumes(layers.flatMap((layer) => layer.volumes ?? [])),
  }
}

/** About how many characters a section adds to each node that draws on it. */
export function weigh(fields: NodeFields): number {
  const maps = [fields.env, fields.labels, fields.sysctls, fields.tmpfs].flatMap((map) => [...(map ?? [])])
  const words = [fields.cmd ?? [], fields.entrypoint ?? [], fields.securityOpts ?? [], ...(fields.exec ?? [])].flat()
  const binds = (fields.binds ?? []).map((bind) => `${bind.source}${bind.target}`)
  const files = [...(fields.envFiles ?? []), ...(fields.aliases ?? [])].map(({ text }) => text)
  const stages = [...(fields.stages?.values() ?? [])].flatMap(({ waitFor, exec }) => [
    ...waitFor.map(({ node }) => node.text),
    ...exec.flatMap(({ argv }) => argv),
  ])
  const rest = [fields.dns, fields.healthcheck, fields.devices, fields.volumes].map((part) =>
    JSON.stringify(part ?? ''),
  )
  const texts = [
    ...maps.flatMap(([key, { text }]) => [key, text]),
    ...[...words, ...binds, ...files, ...stages, ...rest],
    ...[fields.image?.text ?? '', fields.startupConfig?.text ?? ''],
  ]
  return texts.reduce((sum, text) => sum + text.length + 4, 50) + 20 * (fields.ports?.length ?? 0)
}

const mergeMaps = <V>(maps: readonly (ReadonlyMap<string, V> | undefined)[]): ReadonlyMap<string, V> =>
  new Map(maps.flatMap((map) => [...(map ?? [])]))

/** Each once, where it stands first. */
const distinct = <T>(items: readonly T[]): readonly T[] => [
  ...new Map(items.map((item) => [JSON.stringify(item), item])).values(),
]

const distinctTexts = (texts: readonly TextTree[]): readonly TextTree[] => [
  ...new Map(texts.map((text) => [text.text, text])).values(),
]

const mergeBinds = (binds: readonly BindText[]): readonly BindText[] => [
  ...new Map(binds.map((bind) => [bind.target, bind])).values(),
]
