import { HOST_NAME, type HostName, NODE_NAME, type NodeName } from '../model/ids.ts'
import type { Anchor } from '../model/lab.ts'
import type { NodeFields } from './fields.ts'
import { OTHER_ENDS } from './keys.ts'
import { quote, type Spot } from './report.ts'
import type { Reader } from './tree.ts'

/** Kinds of nodes that the lab does not run: links end in them. */
const ANCHOR_KINDS = ['host', 'ext-container'] as const

/** A node after inheritance, and where it is written. */
export interface AnchorDraft {
  readonly name: string
  readonly at: Spot
  /** After inheritance. */
  readonly fields: NodeFields
  /** What is written at the node itself. */
  readonly own: NodeFields
}

/** Keys that say something of these kinds too. */
const HEEDED: readonly (keyof NodeFields)[] = ['kind', 'group', 'host', 'labels']

/**
 * A node of kind `host` or `ext-container`; null for every other kind, undefined where something of it is wrong. An `ext-container` is
 * called as the node is, as in containerlab.
 */
export function checkAnchor({ name, at, fields, own }: AnchorDraft, reader: Reader): Anchor | undefined | null {
  const kind = ANCHOR_KINDS.find((one) => one === fields.kind?.text)
  if (kind === undefined) return null
  if (OTHER_ENDS.includes(name) && name !== kind) {
    const message = `no node of kind ${quote(kind)} can be called ${quote(name)}: as a link end that word means something else`
    reader.report.error('BAD_NAME', at, message)
    return undefined
  }
  if (!NODE_NAME.test(name)) {
    const rule = 'letters, digits, `.`, `_` and `-`, starting with a letter or digit, at most 63'
    reader.report.error('BAD_NAME', at, `${quote(name)} cannot be the name of a node; use ${rule}`)
    return undefined
  }
  warnOfUnheeded({ name, at, fields, own }, reader)
  const host = readHost(fields, reader)
  const base = { name: name as NodeName, ...(host === undefined ? {} : { host }) }
  return kind === 'host' ? { type: 'host', ...base } : { type: 'ext-container', ...base, container: name }
}

function warnOfUnheeded({ name, at, fields, own }: AnchorDraft, reader: Reader): void {
  const said = (key: string): boolean => {
    const value: unknown = own[key as keyof NodeFields]
    if (value instanceof Map) return value.size > 0
    return Array.isArray(value) ? value.length > 0 : value !== undefined
  }
  const unheeded = Object.keys(own).filter((key) => !HEEDED.some((heeded) => heeded === key) && said(key))
  if (unheeded.length === 0) return
  const message = `node ${quote(name)} of kind ${quote(fields.kind?.text ?? '')} is not ours to start or change: only its links and its host count, ${unheeded.join(', ')} ${unheeded.length === 1 ? 'does' : 'do'} not`
  reader.report.warn('NOT_SUPPORTED_YET', at, message)
}

function readHost({ host, labels }: NodeFields, reader: Reader): HostName | undefined {
  const pin = host ?? labels?.get('skein/host')
  if (pin === undefined || pin.text === '') return undefined
  if (HOST_NAME.test(pin.text)) return pin.text as HostName
  const rule = 'those are lower case letters, digits and `-`, at most 32'
  reader.report.error('BAD_NAME', pin.at, `${quote(pin.text)} cannot be the name of a host; ${rule}`)
  return undefined
}
