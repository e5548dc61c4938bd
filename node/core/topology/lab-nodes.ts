import { HOST_NAME, type HostName, NODE_NAME, type NodeName } from '../model/ids.ts'
import type { Bind, LabNode } from '../model/lab.ts'
import { didYouMean } from '../model/nearest.ts'
import { resolveSource } from './binds.ts'
import type { NodeFields } from './fields.ts'
import { OTHER_ENDS, OTHER_KINDS, SUPPORTED_KINDS } from './keys.ts'
import { quote, type Spot } from './report.ts'
import type { Reader, TextTree } from './tree.ts'

/** A label that pins as `host` does, so that a file can stay valid for containerlab, which refuses unknown keys. */
const HOST_LABEL = 'skein/host'

/** A relative path that a bind names, for the caller to read. */
export interface BindSourceUse {
  readonly path: string
  readonly line: number
  readonly column: number
}

/** A node after inheritance, where it is written, and the lab it is in. */
export interface NodeDraft {
  readonly name: string
  readonly at: Spot
  readonly fields: NodeFields
  readonly lab: string
}

export interface CheckedNode {
  readonly node: LabNode
  readonly bindSources: readonly BindSourceUse[]
}

/** Checks what only the whole node can show, and makes it what the intent holds. Undefined where its name or kind is wrong. */
export function checkNode(draft: NodeDraft, reader: Reader): CheckedNode | undefined {
  const isNamed = checkName(draft, reader)
  const kind = checkKind(draft, reader)
  const host = checkHost(draft, reader)
  if (kind === 'linux' && draft.fields.image === undefined) {
    reader.report.error('MISSING', draft.at, `node ${quote(draft.name)} has no \`image\`, and inherits none`)
  }
  if (!isNamed || kind === undefined) return undefined
  const name = draft.name as NodeName
  if (kind === 'bridge') return { node: bridgeNode(name, draft), bindSources: [] }
  const resolved = resolveBinds(draft, reader)
  const node = {
    ...linuxNode(name, draft),
    ...(host === undefined ? {} : { host }),
    binds: resolved.map((use) => use.bind),
  }
  return {
    node,
    bindSources: resolved.flatMap(({ bind, at: { line, column } }) =>
      bind.travels ? [{ path: bind.source, line, column }] : [],
    ),
  }
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
  if (SUPPORTED_KINDS.includes(kind.text)) return kind.text === 'linux' ? 'linux' : 'bridge'
  const supported = `Supported are ${SUPPORTED_KINDS.join(', ')}.`
  if (OTHER_KINDS.includes(kind.text)) {
    reader.report.error('NOT_SUPPORTED_YET', kind.at, `kind ${quote(kind.text)} is not supported yet. ${supported}`)
  } else {
    const message = (): string =>
      `there is no kind ${quote(kind.text)}.${didYouMean(kind.text, [...SUPPORTED_KINDS, ...OTHER_KINDS])} ${supported}`
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

/** Replaces containerlab's magic words; those that name folders stay, for they have no meaning across hosts. */
const spell = (text: string, { name, lab }: NodeDraft): string =>
  text.replaceAll('__clabNodeName__', () => name).replaceAll('__clabLabName__', () => lab)

function resolveBinds(draft: NodeDraft, reader: Reader): readonly { bind: Bind; at: Spot }[] {
  return (draft.fields.binds ?? []).flatMap(({ source, target, options, at }) => {
    const resolved = resolveSource(spell(source, draft))
    if (resolved.type === 'refused') {
      reader.report.error(
        'BAD_VALUE',
        at,
        `the source ${quote(source)} of this bind cannot be used: ${resolved.reason}`,
      )
      return []
    }
    const path = resolved.type === 'lab' && resolved.isFolder ? `${resolved.path}/` : resolved.path
    const rest = {
      target: spell(target, draft),
      travels: resolved.type === 'lab',
      ...(options === undefined ? {} : { options }),
    }
    return [{ bind: { source: path, ...rest }, at }]
  })
}

const bridgeNode = (name: NodeName, { fields }: NodeDraft): LabNode => ({
  name,
  kind: 'bridge',
  image: '',
  exec: [],
  binds: [],
  env: {},
  labels: texts(fields.labels, (text) => text),
  sysctls: {},
  ports: [],
  startupDelayMs: 0,
})

function linuxNode(name: NodeName, draft: NodeDraft): LabNode {
  const { image, user, cmd, entrypoint, cpu, memoryBytes, networkMode, startupDelayMs = 0, ...rest } = draft.fields
  return {
    name,
    kind: 'linux',
    image: image?.text ?? '',
    exec: (rest.exec ?? []).map((command) => command.map((word) => spell(word, draft))),
    binds: [],
    env: texts(rest.env, (text) => spell(text, draft)),
    labels: texts(rest.labels, (text) => text),
    sysctls: texts(rest.sysctls, (text) => text),
    ports: rest.ports ?? [],
    startupDelayMs,
    ...(cmd === undefined ? {} : { cmd }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(user === undefined ? {} : { user: user.text }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(networkMode === 'none' ? { networkMode } : {}),
  }
}

/** `fromEntries` makes even `__proto__` an ordinary key. */
const texts = (map: NodeFields['env'], change: (text: string) => string): Record<string, string> =>
  Object.fromEntries([...(map ?? [])].map(([key, { text }]) => [key, change(text)]))
