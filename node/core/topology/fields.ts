import type { PublishedPort } from '../model/lab.ts'
import type { Device, Dns, Healthcheck, Volume } from '../model/node-parts.ts'
import { type BindText, readBinds } from './binds.ts'
import { supportedEntries } from './check-keys.ts'
import { NODE_KEYS } from './keys.ts'
import { readAddress, readCapabilities, readChoice, readDevices, readTruth } from './node-values.ts'
import { readPorts } from './ports.ts'
import { readTexts } from './read-lists.ts'
import { readDns, readHealthcheck } from './read-sections.ts'
import { readStages, type StagesText } from './read-stages.ts'
import { readExec, readWords } from './read-words.ts'
import { asText, type MapTree, type Reader, type TextTree, type Tree } from './tree.ts'
import {
  type NetworkMode,
  readBytes,
  readCount,
  readCpu,
  readMemory,
  readNetworkMode,
  readTextMap,
  readWord,
} from './values.ts'
import { readVolumes } from './volumes.ts'

/** What one section (`defaults`, a kind, a group, a node) says about nodes. A key not written is absent. */
export interface NodeFields {
  readonly kind?: TextTree
  readonly group?: TextTree
  readonly host?: TextTree
  readonly type?: TextTree
  readonly image?: TextTree
  readonly pull?: 'always' | 'never' | 'ifnotpresent'
  readonly user?: TextTree
  readonly hostname?: TextTree
  readonly cmd?: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly cpu?: number
  readonly cpuSet?: TextTree
  readonly memoryBytes?: number
  readonly shmBytes?: number
  readonly networkMode?: NetworkMode
  readonly mgmtIpv4?: TextTree
  readonly mgmtIpv6?: TextTree
  readonly aliases?: readonly TextTree[]
  readonly restart?: 'no' | 'on-failure' | 'always' | 'unless-stopped'
  readonly autoRemove?: boolean
  readonly startupDelayMs?: number
  readonly ports?: readonly PublishedPort[]
  readonly env?: ReadonlyMap<string, TextTree>
  readonly envFiles?: readonly TextTree[]
  readonly labels?: ReadonlyMap<string, TextTree>
  readonly sysctls?: ReadonlyMap<string, TextTree>
  readonly tmpfs?: ReadonlyMap<string, TextTree>
  readonly exec?: readonly (readonly string[])[]
  readonly binds?: readonly BindText[]
  readonly volumes?: readonly Volume[]
  readonly devices?: readonly Device[]
  readonly capAdd?: readonly string[]
  readonly privileged?: boolean
  readonly securityOpts?: readonly string[]
  readonly cgroupns?: 'host' | 'private'
  readonly cgroupParent?: TextTree
  readonly pid?: 'host'
  readonly dns?: Dns
  readonly healthcheck?: Healthcheck
  readonly stages?: StagesText
  readonly startupConfig?: TextTree
  readonly enforceStartup?: boolean
  readonly suppressStartup?: boolean
  readonly license?: TextTree
}

type Decoder = (tree: Tree, reader: Reader) => NodeFields

/** A field with its value, or no field where there is none. */
const field = <K extends keyof NodeFields>(key: K, value: NodeFields[K] | undefined): NodeFields =>
  value === undefined ? {} : { [key]: value }

/** Also the files of an LXD image; what a kind takes of this its own check says. */
const IMAGE = { pattern: /^[a-zA-Z0-9.~/][a-zA-Z0-9._:/@+~-]*$/, what: '`image`', example: 'alpine:3' }
const USER = {
  pattern: /^[a-zA-Z0-9_][a-zA-Z0-9_.-]*(:[a-zA-Z0-9_][a-zA-Z0-9_.-]*)?$/,
  what: '`user`',
  example: 'root or 1000:1000',
}
const HOST = { pattern: /^[a-z0-9][a-z0-9-]{0,31}$/, what: '`host`', example: 'host-a' }
const WORD = { pattern: /^\S+$/, example: 'linux' }
/** Free text, which becomes a label of the container. */
const LINE = { pattern: /^[^\0\n]+$/ }
/** RFC 1123 §2.1, with dots and at most the 64 characters of Linux (HOST_NAME_MAX). */
const HOSTNAME = {
  pattern: /^(?!.{65})[a-zA-Z0-9_]([a-zA-Z0-9_.-]*[a-zA-Z0-9_])?$/,
  what: '`hostname`',
  example: 'r1.example.com',
}
/** cpuset(7), "List format". */
const CPU_SET = { pattern: /^\d+(-\d+)?(,\d+(-\d+)?)*$/, what: '`cpu-set`', example: '0-2,4' }
const CGROUP = { pattern: /^[A-Za-z0-9_./@-]+$/, what: '`cgroup-parent`', example: '/labs' }

/** The name of a file, or its text. */
function readFile(tree: Tree, reader: Reader, what: string): TextTree | undefined {
  const text = asText(tree, reader, what)
  return text?.text === '' ? undefined : text
}

const RESTART = { what: '`restart-policy`', words: ['no', 'on-failure', 'always', 'unless-stopped'] } as const

const DECODERS: Readonly<Record<string, Decoder>> = {
  kind: (tree, reader) => field('kind', readWord(tree, reader, { ...WORD, what: '`kind`' })),
  group: (tree, reader) => field('group', readWord(tree, reader, { ...LINE, what: '`group`', example: 'routers' })),
  host: (tree, reader) => field('host', readWord(tree, reader, HOST)),
  image: (tree, reader) => field('image', readWord(tree, reader, IMAGE)),
  user: (tree, reader) => field('user', readWord(tree, reader, USER)),
  cmd: (tree, reader) => field('cmd', readWords(tree, reader, '`cmd`')),
  entrypoint: (tree, reader) => field('entrypoint', readWords(tree, reader, '`entrypoint`')),
  cpu: (tree, reader) => field('cpu', readCpu(tree, reader)),
  memory: (tree, reader) => field('memoryBytes', readMemory(tree, reader)),
  'network-mode': (tree, reader) => field('networkMode', readNetworkMode(tree, reader)),
  type: (tree, reader) => field('type', readWord(tree, reader, { ...LINE, what: '`type`', example: 'ixr-d2' })),
  hostname: (tree, reader) => field('hostname', readWord(tree, reader, HOSTNAME)),
  'image-pull-policy': (tree, reader) =>
    field(
      'pull',
      readChoice(tree, reader, { what: '`image-pull-policy`', words: ['ifnotpresent', 'always', 'never'] }),
    ),
  'restart-policy': (tree, reader) => field('restart', readChoice(tree, reader, RESTART)),
  'auto-remove': (tree, reader) => field('autoRemove', readTruth(tree, reader, '`auto-remove`')),
  'cpu-set': (tree, reader) => field('cpuSet', readWord(tree, reader, CPU_SET)),
  'shm-size': (tree, reader) => field('shmBytes', readBytes(tree, reader, { what: '`shm-size`', min: 1 })),
  'mgmt-ipv4': (tree, reader) => field('mgmtIpv4', readAddress(tree, reader, 'ipv4')),
  'mgmt-ipv6': (tree, reader) => field('mgmtIpv6', readAddress(tree, reader, 'ipv6')),
  aliases: (tree, reader) => field('aliases', readTexts(tree, reader, '`aliases`')),
  'env-files': (tree, reader) => field('envFiles', readTexts(tree, reader, '`env-files`')),
  volumes: (tree, reader) => field('volumes', readVolumes(tree, reader)),
  devices: (tree, reader) => field('devices', readDevices(tree, reader)),
  'cap-add': (tree, reader) => field('capAdd', readCapabilities(tree, reader)),
  privileged: (tree, reader) => field('privileged', readTruth(tree, reader, '`privileged`')),
  'security-opts': (tree, reader) =>
    field(
      'securityOpts',
      readTexts(tree, reader, '`security-opts`')?.map(({ text }) => text),
    ),
  'cgroupns-mode': (tree, reader) =>
    field('cgroupns', readChoice(tree, reader, { what: '`cgroupns-mode`', words: ['host', 'private'] })),
  'cgroup-parent': (tree, reader) => field('cgroupParent', readWord(tree, reader, CGROUP)),
  'pid-mode': (tree, reader) => field('pid', readChoice(tree, reader, { what: '`pid-mode`', words: ['host'] })),
  tmpfs: (tree, reader) => field('tmpfs', readTextMap(tree, reader, { what: '`tmpfs`', key: /^\/(?!.*\.\.).+$/ })),
  dns: (tree, reader) => field('dns', readDns(tree, reader)),
  healthcheck: (tree, reader) => field('healthcheck', readHealthcheck(tree, reader)),
  stages: (tree, reader) => field('stages', readStages(tree, reader)),
  'startup-config': (tree, reader) => field('startupConfig', readFile(tree, reader, '`startup-config`')),
  'enforce-startup-config': (tree, reader) =>
    field('enforceStartup', readTruth(tree, reader, '`enforce-startup-config`')),
  'suppress-startup-config': (tree, reader) =>
    field('suppressStartup', readTruth(tree, reader, '`suppress-startup-config`')),
  license: (tree, reader) => field('license', readFile(tree, reader, '`license`')),
  'startup-delay': (tree, reader) => {
    const seconds = readCount(tree, reader, { what: '`startup-delay`', unit: 'seconds', min: 0, max: 86_400 })
    return field('startupDelayMs', seconds === undefined ? undefined : seconds * 1000)
  },
  ports: (tree, reader) => field('ports', readPorts(tree, reader)),
  env: (tree, reader) => field('env', readEnv(tree, reader)),
  labels: (tree, reader) => field('labels', readTextMap(tree, reader, { what: '`labels`', key: /^\S+$/ })),
  sysctls: (tree, reader) =>
    field('sysctls', readTextMap(tree, reader, { what: '`sysctls`', key: /^[A-Za-z0-9_./-]+$/ })),
  exec: (tree, reader) => field('exec', readExec(tree, reader)),
  binds: (tree, reader) => field('binds', readBinds(tree, reader)),
}

/** containerlab's word for taking over all variables of the shell. */
const IMPORT = '__IMPORT_ENVS'

function readEnv(tree: Tree, reader: Reader): NodeFields['env'] {
  const env = readTextMap(tree, reader, { what: '`env`', key: /^[^=\s]+$/ })
  const asked = env?.get(IMPORT)
  if (asked?.text === 'true') {
    const message = `\`${IMPORT}\` takes over nothing here: what a lab is must not depend on a shell; name variables as in \`A: \${A}\``
    reader.report.warn('NOT_SUPPORTED_YET', asked.at, message)
  }
  return env
}

/** Decodes one section; what is wrong in it is reported and left out. */
export function readFields(section: MapTree, reader: Reader): NodeFields {
  const decoded = supportedEntries(section, NODE_KEYS, reader).map(({ key, value }) => DECODERS[key]?.(value, reader))
  const fields: NodeFields = Object.assign({}, ...decoded)
  return fields
}
