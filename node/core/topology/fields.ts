import type { PublishedPort } from '../model/lab.ts'
import { type BindText, readBinds } from './binds.ts'
import { supportedEntries } from './check-keys.ts'
import { NODE_KEYS } from './keys.ts'
import { readExec, readWords } from './read-words.ts'
import type { MapTree, Reader, TextTree, Tree } from './tree.ts'
import { readCount, readCpu, readMemory, readNetworkMode, readPorts, readTextMap, readWord } from './values.ts'

/** What one section (`defaults`, a kind, a group, a node) says about nodes. A key not written is absent. */
export interface NodeFields {
  readonly kind?: TextTree
  readonly group?: TextTree
  readonly host?: TextTree
  readonly image?: TextTree
  readonly user?: TextTree
  readonly cmd?: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly cpu?: number
  readonly memoryBytes?: number
  readonly networkMode?: 'none' | 'other'
  readonly startupDelayMs?: number
  readonly ports?: readonly PublishedPort[]
  readonly env?: ReadonlyMap<string, TextTree>
  readonly labels?: ReadonlyMap<string, TextTree>
  readonly sysctls?: ReadonlyMap<string, TextTree>
  readonly exec?: readonly (readonly string[])[]
  readonly binds?: readonly BindText[]
}

type Decoder = (tree: Tree, reader: Reader) => NodeFields

/** A field with its value, or no field where there is none. */
const field = <K extends keyof NodeFields>(key: K, value: NodeFields[K] | undefined): NodeFields =>
  value === undefined ? {} : { [key]: value }

const IMAGE = { pattern: /^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$/, what: '`image`', example: 'alpine:3' }
const USER = {
  pattern: /^[a-zA-Z0-9_][a-zA-Z0-9_.-]*(:[a-zA-Z0-9_][a-zA-Z0-9_.-]*)?$/,
  what: '`user`',
  example: 'root or 1000:1000',
}
const HOST = { pattern: /^[a-z0-9][a-z0-9-]{0,31}$/, what: '`host`', example: 'host-a' }
const WORD = { pattern: /^\S+$/, example: 'linux' }

const DECODERS: Readonly<Record<string, Decoder>> = {
  kind: (tree, reader) => field('kind', readWord(tree, reader, { ...WORD, what: '`kind`' })),
  group: (tree, reader) => field('group', readWord(tree, reader, { ...WORD, what: '`group`', example: 'routers' })),
  host: (tree, reader) => field('host', readWord(tree, reader, HOST)),
  image: (tree, reader) => field('image', readWord(tree, reader, IMAGE)),
  user: (tree, reader) => field('user', readWord(tree, reader, USER)),
  cmd: (tree, reader) => field('cmd', readWords(tree, reader, '`cmd`')),
  entrypoint: (tree, reader) => field('entrypoint', readWords(tree, reader, '`entrypoint`')),
  cpu: (tree, reader) => field('cpu', readCpu(tree, reader)),
  memory: (tree, reader) => field('memoryBytes', readMemory(tree, reader)),
  'network-mode': (tree, reader) => field('networkMode', readNetworkMode(tree, reader)),
  'startup-delay': (tree, reader) => {
    const seconds = readCount(tree, reader, { what: '`startup-delay`', unit: 'seconds', min: 0, max: 86_400 })
    return field('startupDelayMs', seconds === undefined ? undefined : seconds * 1000)
  },
  ports: (tree, reader) => field('ports', readPorts(tree, reader)),
  env: (tree, reader) => field('env', readTextMap(tree, reader, { what: '`env`', key: /^[^=\s]+$/ })),
  labels: (tree, reader) => field('labels', readTextMap(tree, reader, { what: '`labels`', key: /^\S+$/ })),
  sysctls: (tree, reader) =>
    field('sysctls', readTextMap(tree, reader, { what: '`sysctls`', key: /^[A-Za-z0-9_./-]+$/ })),
  exec: (tree, reader) => field('exec', readExec(tree, reader)),
  binds: (tree, reader) => field('binds', readBinds(tree, reader)),
}

/** Decodes one section; what is wrong in it is reported and left out. */
export function readFields(section: MapTree, reader: Reader): NodeFields {
  const decoded = supportedEntries(section, NODE_KEYS, reader).map(({ key, value }) => DECODERS[key]?.(value, reader))
  const fields: NodeFields = Object.assign({}, ...decoded)
  return fields
}
