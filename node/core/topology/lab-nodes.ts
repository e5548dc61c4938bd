import { HOST_NAME, type HostName, NODE_NAME, type NodeName } from '../model/ids.ts'
import type { LabNode } from '../model/lab.ts'
import { didYouMean } from '../model/nearest.ts'
import type { NodeFields } from './fields.ts'
import { OTHER_ENDS, OTHER_KINDS, SUPPORTED_KINDS } from './keys.ts'
import { VENDOR_NAMES, vendorKind } from './kinds/kinds.ts'
import { linuxNode, textsOf } from './linux-node.ts'
import { checkLxdNode, lxdNode } from './lxd-node.ts'
import { type NodeFiles, nodeFiles } from './node-files.ts'
import { quote, type Spot } from './report.ts'
import { checkStartup, labelledSoftware, startupFiles } from './startup.ts'
import type { Reader, TextTree } from './tree.ts'
import { softwareOf, withKind } from './vendor-node.ts'

/** A label that pins as `host` does, so that a file can stay valid for containerlab, which refuses unknown keys. */
const HOST_LABEL = 'skein/host'

/** A node after inheritance, where it is written, and the lab it is in. */
export interface NodeDraft {
  readonly name: string
  readonly at: Spot
  readonly fields: NodeFields
  readonly lab: string
}

export interface CheckedNode {
  readonly node: LabNode
  /** What it needs of files; nothing where it is no container. */
  readonly files?: NodeFiles
}

/** Checks what only the whole node can show, and makes it what the intent holds. Undefined where its name or kind is wrong. */
export function checkNode(draft: NodeDraft, reader: Reader): CheckedNode | undefined {
  const isNamed = checkName(draft, reader)
  const kind = checkKind(draft, reader)
  const host = checkHost(draft, reader)
  if (kind === 'lxd' || kind === 'linux') checkImage(draft, kind, reader)
  if ((kind === 'linux' || kind === 'lxd') && draft.fields.image === undefined) {
    reader.report.error('MISSING', draft.at, `node ${quote(draft.name)} has no \`image\`, and inherits none`)
  }
  if (!isNamed || kind === undefined) return undefined
  const name = draft.name as NodeName
  if (kind === 'bridge') return { node: { ...bridgeNode(name, draft), ...(host === undefined ? {} : { host }) } }
  if (kind === 'lxd') return lxdChecked(draft, { host, files: nodeFiles(draft, reader) }, reader)
  return containerChecked(name, { draft, host }, reader)
}

/** A container: of a vendor's kind, with what that brings along, or of none. */
function containerChecked(
  name: NodeName,
  { draft: written, host }: { readonly draft: NodeDraft; readonly host: HostName | undefined },
  reader: Reader,
): CheckedNode {
  const vendor = vendorKind(written.fields.kind?.text ?? '')
  const draft = vendor === undefined ? written : { ...written, fields: withKind(written, vendor) }
  const software = vendor === undefined ? labelledSoftware(draft, reader) : softwareOf(draft, vendor, reader)
  checkStartup(draft, software, reader)
  const files = startupFiles(draft.fields, nodeFiles(draft, reader), vendor)
  const node: LabNode = {
    ...linuxNode(name, draft, files),
    ...(host === undefined ? {} : { host }),
    ...(software === undefined ? {} : { software }),
  }
  return { node, files }
}

interface LxdParts {
  readonly host: HostName | undefined
  readonly files: NodeFiles
}

function lxdChecked(draft: NodeDraft, { host, files }: LxdParts, reader: Reader): CheckedNode {
  checkStartup(draft, undefined, reader)
  const image = checkLxdNode(draft, reader)
  const all = { ...files, image, uses: [...files.uses, ...image] }
  const node = lxdNode(draft.name as NodeName, draft, all)
  return { node: { ...node, ...(host === undefined ? {} : { host }) }, files: all }
}

/** What a registry's image may be called; LXD's may be files as well. */
const IMAGE = /^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$/

function checkImage({ fields: { image } }: NodeDraft, kind: 'linux' | 'lxd', reader: Reader): void {
  if (image === undefined || kind === 'lxd' || IMAGE.test(image.text)) return
  reader.report.error('BAD_VALUE', image.at, `\`image\` cannot be ${quote(image.text)}; write it as in \`alpine:3\``)
}

function checkName({ name, at }: NodeDraft, reader: Reader): boolean {
  if (OTHER_ENDS.includes(name)) {
    reader.report.error(
      'BAD_NAME',
      at,
      `no node can be called ${quote(name)}: as a link end that word means the host's own network`,
    )
    return false
  }
  if (NODE_NAME.test(name)) return true
  const rule = 'letters, digits, `.`, `_` and `-`, starting with a letter or digit, at most 63'
  reader.report.error('BAD_NAME', at, `${quote(name)} cannot be the name of a node; use ${rule}`)
  return false
}

function checkKind({ name, at, fields }: NodeDraft, reader: Reader): LabNode['kind'] | undefined {
  const { kind } = fields
  if (kind === undefined) {
    reader.report.error(
      'MISSING',
      at,
      `node ${quote(name)} has no \`kind\`, and inherits none; write \`kind: linux\` or \`kind: bridge\``,
    )
    return undefined
  }
  if (vendorKind(kind.text) !== undefined) return 'linux'
  if (SUPPORTED_KINDS.includes(kind.text)) return kind.text === 'linux' || kind.text === 'lxd' ? kind.text : 'bridge'
  const supported = `Supported are ${[...SUPPORTED_KINDS, ...VENDOR_NAMES].join(', ')}.`
  if (OTHER_KINDS.includes(kind.text)) {
    reader.report.error('NOT_SUPPORTED_YET', kind.at, `kind ${quote(kind.text)} is not supported yet. ${supported}`)
  } else {
    const message = (): string =>
      `there is no kind ${quote(kind.text)}.${didYouMean(kind.text, [...SUPPORTED_KINDS, ...VENDOR_NAMES, ...OTHER_KINDS])} ${supported}`
    reader.report.error('BAD_VALUE', kind.at, message)
  }
  return undefined
}

function checkHost({ name, fields }: NodeDraft, reader: Reader): HostName | undefined {
  const { host } = fields
  const label = fields.labels?.get(HOST_LABEL)
  if (host !== undefined && label !== undefined && host.text !== label.text) {
    const message = `node ${quote(name)} is pinned to two hosts: \`host\` says ${quote(host.text)} (line ${host.at.line}), label \`${HOST_LABEL}\` says ${quote(label.text)}`
    reader.report.error('CONFLICT', label.at, message)
    return undefined
  }
  const pin: TextTree | undefined = host ?? label
  if (pin === undefined || pin.text === '') return undefined
  if (HOST_NAME.test(pin.text)) return pin.text as HostName
  reader.report.error(
    'BAD_NAME',
    pin.at,
    `${quote(pin.text)} cannot be the name of a host; those are lower case letters, digits and \`-\`, at most 32`,
  )
  return undefined
}

const bridgeNode = (name: NodeName, { fields }: NodeDraft): LabNode => ({
  name,
  kind: 'bridge',
  image: '',
  exec: [],
  binds: [],
  env: {},
  labels: textsOf(fields.labels),
  sysctls: {},
  ports: [],
  startupDelayMs: 0,
})
