import type { Problem } from '../model/errors.ts'
import { LAB_NAME, type NodeName } from '../model/ids.ts'
import type { Anchor, LabIntent, LabNode } from '../model/lab.ts'
import { writtenKind } from '../model/software.ts'
import { checkAnchor } from './anchors.ts'
import { checkPartners, type Partner } from './check-partners.ts'
import type { NodeFields } from './fields.ts'
import { inherit, type Layers, layersOf, weigh } from './inherit.ts'
import { toIntent } from './intent.ts'
import { vendorKind } from './kinds/kinds.ts'
import { checkNode } from './lab-nodes.ts'
import { checkMgmtAddresses } from './mgmt.ts'
import type { FileUse, InlineFile, NodeFiles } from './node-files.ts'
import { parseTree } from './parse.ts'
import { type KeyUse, quote, Report, type Spot } from './report.ts'
import { MAX_SOURCE_CHARS, substitute } from './source.ts'
import { withInterfaces } from './startup.ts'
import { readTopLevel, type Topology } from './topology.ts'
import type { Reader } from './tree.ts'
import { checkLinks, interfacesOf } from './validate.ts'

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
  /** Files and folders the topology names, each path once, for the caller to bring. */
  readonly bindSources: readonly FileUse[]
  /** Files that hold environment of nodes, for `withEnvFiles`; the more general first. */
  readonly envFiles: readonly EnvFileUse[]
  /** Text of the topology that becomes files of the lab. */
  readonly inlineFiles: readonly InlineFile[]
  /** Keys the file uses that mean something else here than in containerlab, or nothing. */
  readonly uses: readonly KeyUse[]
}

/** A file with environment of one node. */
export interface EnvFileUse extends FileUse {
  readonly node: NodeName
}

const START: Spot = { line: 1, column: 1, path: '' }
/** containerlab's default, so that scripts find the containers. */
const DEFAULT_PREFIX = 'clab'
/** containerlab's word for names that start with the lab's. */
const PREFIX = /^(__lab-name|[A-Za-z0-9][A-Za-z0-9_.-]{0,62})?$/

/** All nodes together, also those written twice. */
const MAX_PORTS = 200_000

/** 4 MiB. What inheritance may make of a file: few lines of defaults are copied into every node. */
const MAX_LAB_CHARS = 4_194_304

/** From the text of a lab file to what should be, with every mistake at once. Never throws, whatever the text. */
export function readTopology(input: TopologyInput): TopologyResult {
  const reader: Reader = { report: new Report(), lenient: input.lenient ?? false, left: { ports: MAX_PORTS } }
  const source = substitute(input.text, input.variables ?? {})
  if (source === null) {
    const name = input.fileName === undefined ? 'the file' : quote(input.fileName)
    reader.report.error(
      'TOO_LARGE',
      START,
      `${name} is larger than ${MAX_SOURCE_CHARS / 1024 ** 2} MiB, and no lab file needs that`,
    )
    return { problems: reader.report.problems(), ...NO_FILES, uses: [] }
  }
  const tree = parseTree(source, reader.report)
  const topology = tree === undefined ? undefined : readTopLevel(tree, reader)
  if (topology === undefined) return { problems: notALab(reader), ...NO_FILES, uses: [] }
  const { intent, ...files } = check(topology, input, reader)
  const problems = reader.report.problems()
  return { problems, ...files, uses: reader.report.uses(), ...(reader.report.hasErrors ? {} : { intent }) }
}

type Files = Pick<TopologyResult, 'bindSources' | 'envFiles' | 'inlineFiles'>

const NO_FILES: Files = { bindSources: [], envFiles: [], inlineFiles: [] }

function notALab({ report }: Reader): readonly Problem[] {
  if (!report.hasErrors) report.error('MISSING', START, 'the file is empty; it needs at least `name` and `topology`')
  return report.problems()
}

function check(topology: Topology, input: TopologyInput, reader: Reader): Files & { readonly intent: LabIntent } {
  const name = checkLabName(topology, input.fallbackName, reader)
  const prefix = checkPrefix(topology, reader)
  if (topology.nodes.size === 0)
    reader.report.error('MISSING', topology.at, 'the lab has no nodes; list them under `nodes`')
  const checked = checkNodes(topology, { name, prefix }, reader)
  const nodes = [...checked.known.values()].filter((node) => node !== undefined)
  checkPartners(checked.partners, checked.known, reader)
  checkMgmtAddresses(topology.nodes, topology.mgmt, reader)
  const { links, anchors } = checkLinks(topology.links, { nodes: checked.known, anchors: checked.anchors }, reader)
  const uses = new Map<string, FileUse>()
  for (const use of checked.files.flatMap(([, files]) => files.uses)) if (!uses.has(use.path)) uses.set(use.path, use)
  const names = interfacesOf(links)
  const named = nodes.map((node) => withInterfaces(node, vendorKind(writtenKind(node)), names.get(node.name) ?? []))
  return {
    intent: toIntent({ name, prefix, nodes: named, links, anchors, mgmt: topology.mgmt?.wish }),
    bindSources: [...uses.values()],
    envFiles: checked.files.flatMap(([node, { envFiles }]) => envFiles.map((use) => ({ ...use, node }))),
    inlineFiles: [
      ...new Map(checked.files.flatMap(([, { inline }]) => inline.map((file) => [file.path, file]))).values(),
    ],
  }
}

interface CheckedNodes {
  readonly known: ReadonlyMap<string, LabNode | undefined>
  /** Nodes that the lab does not run. */
  readonly anchors: ReadonlyMap<string, Anchor | undefined>
  readonly partners: readonly Partner[]
  readonly files: readonly (readonly [NodeName, NodeFiles])[]
}

function checkNodes(topology: Topology, lab: { name: string; prefix: string }, reader: Reader): CheckedNodes {
  const known = new Map<string, LabNode | undefined>()
  const anchors = new Map<string, Anchor | undefined>()
  const partners: Partner[] = []
  const files: (readonly [NodeName, NodeFiles])[] = []
  const isFull = fullness()
  for (const [name, { at, fields: own }] of topology.nodes) {
    const layers = layersOf(own, topology.sections)
    if (isFull(layers)) {
      reader.report.error('TOO_LARGE', at, 'the lab becomes too large here: its nodes inherit too much text')
      break
    }
    const fields = inherit(layers)
    const anchor = checkAnchor({ name, at, fields, own }, reader)
    if (anchor !== null) {
      anchors.set(name, anchor)
      continue
    }
    const checked = checkNode({ name, at, fields, lab: lab.name }, reader)
    known.set(name, checked?.node)
    if (checked !== undefined && checked.node.kind !== 'bridge') partners.push({ name, fields })
    if (checked?.files !== undefined) files.push([checked.node.name, checked.files])
    if (lab.prefix === '' && name.length === 1) {
      const message = `${quote(name)} is too short: with an empty \`prefix\` it is the container's name, and docker wants two characters`
      reader.report.error('BAD_NAME', at, message)
    }
  }
  return { known, anchors, partners, files }
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
    const rule = 'letters, digits, `.`, `_` and `-`, starting with a letter or digit, at most 63'
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
