import type { Problem } from '../model/errors.ts'
import { LAB_NAME } from '../model/ids.ts'
import type { LabIntent, LabNode } from '../model/lab.ts'
import type { NodeFields } from './fields.ts'
import { inherit, type Layers, layersOf, weigh } from './inherit.ts'
import { toIntent } from './intent.ts'
import { type BindSourceUse, checkNode } from './lab-nodes.ts'
import { parseTree } from './parse.ts'
import { quote, Report, type Spot } from './report.ts'
import { MAX_SOURCE_CHARS, substitute } from './source.ts'
import { readTopLevel, type Topology } from './topology.ts'
import type { Reader } from './tree.ts'
import { checkLinks } from './validate.ts'

export interface TopologyInput {
  /** YAML 1.2, as read from the file. */
  readonly text: string
  /** For messages. */
  readonly fileName?: string
  /** The lab's name where the file gives none. */
  readonly fallbackName?: string
  /** For `${VAR}`. */
  readonly variables?: Readonly<Record<string, string>>
  /** Unknown and replaced keys are warnings. */
  readonly lenient?: boolean
}

export interface TopologyResult {
  /** In the order of the file. */
  readonly problems: readonly Problem[]
  /** Absent where a problem is an error. Its `files` are empty; `withFiles` fills them. */
  readonly intent?: LabIntent
  /** What binds need from the lab's folder: relative, normalised, a folder where it ends in `/`. Each path once. */
  readonly bindSources: readonly BindSourceUse[]
}

const START: Spot = { line: 1, column: 1, path: '' }
/** containerlab's default, so that scripts find the containers. */
const DEFAULT_PREFIX = 'clab'
/** containerlab's word for names that start with the lab's. */
const PREFIX = /^(__lab-name|[A-Za-z0-9][A-Za-z0-9_.-]{0,62})?$/

/** 4 MiB. What inheritance may make of a file: few lines of defaults are copied into every node. */
const MAX_LAB_CHARS = 4_194_304

/** From the text of a lab file to what should be, with every mistake at once. Never throws, whatever the text. */
export function readTopology(input: TopologyInput): TopologyResult {
  const reader: Reader = { report: new Report(), lenient: input.lenient ?? false }
  const source = substitute(input.text, input.variables ?? {})
  if (source === null) {
    const name = input.fileName === undefined ? 'the file' : quote(input.fileName)
    reader.report.error(
      'TOO_LARGE',
      START,
      `${name} is larger than ${MAX_SOURCE_CHARS / 1024 ** 2} MiB, and no lab file needs that`,
    )
    return { problems: reader.report.problems(), bindSources: [] }
  }
  const tree = parseTree(source, reader.report)
  const topology = tree === undefined ? undefined : readTopLevel(tree, reader)
  if (topology === undefined) return { problems: notALab(reader), bindSources: [] }
  const { intent, bindSources } = check(topology, input, reader)
  const problems = reader.report.problems()
  return { problems, bindSources, ...(reader.report.hasErrors ? {} : { intent }) }
}

function notALab({ report }: Reader): readonly Problem[] {
  if (!report.hasErrors) report.error('MISSING', START, 'the file is empty; it needs at least `name` and `topology`')
  return report.problems()
}

function check(
  topology: Topology,
  input: TopologyInput,
  reader: Reader,
): { intent: LabIntent; bindSources: readonly BindSourceUse[] } {
  const name = checkLabName(topology, input.fallbackName, reader)
  const prefix = checkPrefix(topology, reader)
  if (topology.nodes.size === 0)
    reader.report.error('MISSING', topology.at, 'the lab has no nodes; list them under `nodes`')
  const known = new Map<string, LabNode | undefined>()
  const bindSources = new Map<string, BindSourceUse>()
  const isFull = fullness()
  for (const [nodeName, { at, fields: own }] of topology.nodes) {
    const layers = layersOf(own, topology.sections)
    if (isFull(layers)) {
      reader.report.error('TOO_LARGE', at, 'the lab becomes too large here: its nodes inherit too much text')
      break
    }
    const checked = checkNode({ name: nodeName, at, fields: inherit(layers), lab: name }, reader)
    known.set(nodeName, checked?.node)
    for (const use of checked?.bindSources ?? []) if (!bindSources.has(use.path)) bindSources.set(use.path, use)
    if (prefix === '' && nodeName.length === 1) {
      reader.report.error(
        'BAD_NAME',
        at,
        `${quote(nodeName)} is too short: with an empty \`prefix\` it is the container's name, and docker wants two characters`,
      )
    }
  }
  const nodes = [...known.values()].filter((node) => node !== undefined)
  const links = checkLinks(topology.links, known, reader)
  return { intent: toIntent({ name, prefix, nodes, links }), bindSources: [...bindSources.values()] }
}

/** Adds up what nodes will hold, each section weighed once; true from the node on that is too much. */
function fullness(): (layers: Layers) => boolean {
  const weights = new Map<NodeFields, number>()
  let sum = 0
  return (layers) => {
    for (const layer of layers) {
      const weight = weights.get(layer) ?? weigh(layer)
      weights.set(layer, weight)
      sum += weight
    }
    return sum > MAX_LAB_CHARS
  }
}

function checkLabName({ name, at }: Topology, fallback: string | undefined, reader: Reader): string {
  const text = name === undefined || name.text === '' ? fallback : name.text
  if (text === undefined || text === '') {
    reader.report.error(
      'MISSING',
      name?.at ?? at,
      'the lab has no `name`; write one on the first line, as in `name: my-lab`',
    )
    return ''
  }
  if (!LAB_NAME.test(text)) {
    const rule = 'letters, digits, `_` and `-`, starting with a letter or digit, at most 63'
    reader.report.error('BAD_NAME', name?.at ?? at, `${quote(text)} cannot be the name of a lab; use ${rule}`)
    return ''
  }
  return text
}

function checkPrefix({ prefix }: Topology, reader: Reader): string {
  if (prefix === undefined) return DEFAULT_PREFIX
  if (!PREFIX.test(prefix.text)) {
    const rule = 'letters, digits, `.`, `_` and `-`, starting with a letter or digit, or `""` for none'
    reader.report.error(
      'BAD_NAME',
      prefix.at,
      `${quote(prefix.text)} cannot be the prefix of container names; use ${rule}`,
    )
  }
  return prefix.text
}
