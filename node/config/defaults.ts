import { isIP } from 'node:net'
import { PROMISED_PERCENT, VXLAN_PORT } from '#core/model/units.ts'
import { LOG_LEVELS, type LogLevel } from '#platform/log.ts'

/** Everything that can be set. Same names in the file (`data-dir`), in the environment (`SKEIN_DATA_DIR`) and as flags. */
export interface Config {
  /** Keys, store and files of labs; survives reboots. */
  readonly dataDir: string
  /** Unix socket of the API. */
  readonly socket: string
  /** Unix socket of the container engine; `/var/run` is a link to `/run`. */
  readonly dockerSocket: string
  /** TCP port of libp2p. */
  readonly libp2pPort: number
  /** UDP port of WireGuard. */
  readonly wireguardPort: number
  /** UDP port of VXLAN inside WireGuard. */
  readonly vxlanPort: number
  /** TCP port on the overlay address at which other hosts get images. */
  readonly imagePort: number
  /** VXLAN network identifiers the mesh gives out, both included. */
  readonly vniMin: number
  readonly vniMax: number
  /** IPv4 network of addresses inside the WireGuard mesh. */
  readonly overlay: string
  /** TCP and UDP ports the mesh gives out on each host, both included. */
  readonly portMin: number
  readonly portMax: number
  /** IPv4 network of management addresses of lab nodes; the first is the gateway's. */
  readonly mgmt: string
  /** Seconds a freed number rests before it is given again. */
  readonly restS: number
  /** Percent of this host's CPUs that may be promised to lab nodes. */
  readonly cpuPercent: number
  /** Percent of its memory. */
  readonly memoryPercent: number
  /** Seconds between two looks at this host when nothing happens. */
  readonly sweepS: number
  /** Seconds a voter may be down before another host gets its vote; the same on every core host. */
  readonly replaceVoterAfterS: number
  /** Seconds a lab that no host knows a wish for keeps its numbers; the same on every core host. */
  readonly sweepOrphansAfterS: number
  /** IP address of this host on a second network; empty where it has one network, or told it when it joined. */
  readonly secondaryAddress: string
  /** Milliseconds between two probes of a path to a peer, where both have two networks. */
  readonly pathProbeMs: number
  /** So many probes in a row lost on the path in use and answered on the other: the other one is used. */
  readonly pathFailoverLost: number
  /** So many probes in a row answered on the primary: it is used again. */
  readonly pathFailbackGood: number
  readonly logLevel: LogLevel
  /** In `production` the agent does not start with settings that are fit for trying out only. */
  readonly env: Environment
  /** IP address the API and the UI are served on; all of this host's unless told. */
  readonly apiListen: string
  /** TCP port of both. */
  readonly apiPort: number
  /** Whose certificate they show: the mesh's authority issues it, it is in files, or they speak HTTP without TLS. */
  readonly apiTls: ApiTls
  /** PEM files, for `files`: the certificate with those that lead to its authority, and its key. */
  readonly apiTlsCert: string
  readonly apiTlsKey: string
  /** Whether the API lists its routes for people at `/docs`. */
  readonly apiDocs: Switch
}

const ENVIRONMENTS = ['development', 'production'] as const
type Environment = (typeof ENVIRONMENTS)[number]
const API_TLS = ['mesh', 'files', 'off'] as const
type ApiTls = (typeof API_TLS)[number]
const SWITCH = ['on', 'off'] as const
type Switch = (typeof SWITCH)[number]

export type ConfigKey = keyof Config

/** The configuration file unless `SKEIN_CONFIG` or a flag names another; it need not be there. */
export const CONFIG_FILE = '/etc/skein/config.yaml'

/** Names the configuration file; no setting itself. */
export const CONFIG_FILE_VARIABLE = 'SKEIN_CONFIG'

/** Each with its reason. */
export const DEFAULTS: Config = {
  dataDir: '/var/lib/skein', // FHS 3.0 §5.8
  socket: '/run/skein/skein.sock', // FHS 3.0 §3.15: gone after a reboot, as the agent is
  dockerSocket: '/run/docker.sock',
  libp2pPort: 4801, // below Linux' ephemeral ports, so nothing takes it by chance
  wireguardPort: 51_820, // what firewalls and people know WireGuard by
  vxlanPort: VXLAN_PORT,
  imagePort: 4802, // beside that of libp2p
  vniMin: 4096, // small ones are those that people and switches use by hand
  vniMax: 16_777_215, // 2^24 - 1, RFC 7348 §5
  overlay: '10.213.0.0/16', // 65 534 hosts, in a part of 10/8 that is seldom used
  portMin: 20_000, // below the kernel's ephemeral ports, which begin at 32768
  portMax: 29_999,
  mgmt: '172.20.20.0/24', // containerlab's
  restS: 600, // longer than any host needs to notice that a number is no longer its own
  cpuPercent: PROMISED_PERCENT.cpu, // lab nodes seldom use what they may; four is a usual measure for virtual machines
  memoryPercent: PROMISED_PERCENT.mem, // what has been promised twice is taken by the kernel from whom it likes
  sweepS: 60, // finds what no event told, at a cost of about 0.1 s of CPU
  replaceVoterAfterS: 600, // longer than a restart of the machine takes
  sweepOrphansAfterS: 900, // longer than a host that is back needs to tell what it has
  secondaryAddress: '',
  pathProbeMs: 250, // three lost ones and a reaction stay below two seconds; two packets of 44 bytes each
  pathFailoverLost: 3, // one or two packets are lost by chance
  pathFailbackGood: 20, // five seconds: longer than a port of a switch takes to come up and go down again
  logLevel: 'info',
  env: 'development',
  apiListen: '0.0.0.0',
  apiPort: 8010, // below Linux' ephemeral ports
  apiTls: 'mesh',
  apiTlsCert: '',
  apiTlsKey: '',
  apiDocs: 'on', // it says no more than `/openapi.json`, and asks for a login as that does
}

/** What a value must be: `check` says what is wrong with a value of the right type, in words, or undefined. */
export type Rule =
  | { readonly type: 'text'; readonly what: string; check(value: string): string | undefined }
  | { readonly type: 'integer'; readonly min: number; readonly max: number }

const path: Rule = {
  type: 'text',
  what: 'an absolute path',
  check: (value) => (value.startsWith('/') ? undefined : 'must be an absolute path'),
}
/** sockaddr_un holds 108 bytes with the final zero, unix(7). */
const socketPath: Rule = {
  ...path,
  check: (value) =>
    path.check(value) ??
    (Buffer.byteLength(value) > 107 ? 'is longer than the 107 bytes a socket path may have' : undefined),
}
const port: Rule = { type: 'integer', min: 1, max: 65_535 }
const pathOrNone: Rule = { ...path, check: (value) => (value === '' ? undefined : path.check(value)) }
const oneOf = (words: readonly string[]): Rule => ({
  type: 'text',
  what: `one of ${words.join(', ')}`,
  check: (value) => (words.includes(value) ? undefined : `must be one of ${words.join(', ')}`),
})
const vni: Rule = { type: 'integer', min: 1, max: 16_777_215 }

export const RULES: Readonly<Record<ConfigKey, Rule>> = {
  dataDir: path,
  socket: socketPath,
  dockerSocket: socketPath,
  libp2pPort: port,
  wireguardPort: port,
  vxlanPort: port,
  imagePort: port,
  vniMin: vni,
  vniMax: vni,
  overlay: { type: 'text', what: 'an IPv4 network', check: (value) => networkProblem(value, OVERLAY) },
  portMin: port,
  portMax: port,
  mgmt: { type: 'text', what: 'an IPv4 network', check: (value) => networkProblem(value, MGMT) },
  restS: { type: 'integer', min: 10, max: 86_400 },
  cpuPercent: { type: 'integer', min: 1, max: 10_000 },
  memoryPercent: { type: 'integer', min: 1, max: 1_000 },
  sweepS: { type: 'integer', min: 5, max: 3600 },
  replaceVoterAfterS: { type: 'integer', min: 5, max: 86_400 },
  sweepOrphansAfterS: { type: 'integer', min: 30, max: 604_800 },
  secondaryAddress: {
    type: 'text',
    what: 'an IP address',
    check: (value) => (value === '' || isIP(value) !== 0 ? undefined : 'must be an IP address'),
  },
  pathProbeMs: { type: 'integer', min: 50, max: 10_000 },
  pathFailoverLost: { type: 'integer', min: 2, max: 100 },
  pathFailbackGood: { type: 'integer', min: 1, max: 10_000 },
  logLevel: oneOf(LOG_LEVELS),
  env: oneOf(ENVIRONMENTS),
  apiListen: {
    type: 'text',
    what: 'an IP address',
    check: (value) => (isIP(value) === 0 ? 'must be an IP address' : undefined),
  },
  apiPort: port,
  apiTls: oneOf(API_TLS),
  apiTlsCert: pathOrNone,
  apiTlsKey: pathOrNone,
  apiDocs: oneOf(SWITCH),
}

interface NetworkForm {
  readonly example: string
  /** Of the prefix, both included. */
  readonly bits: readonly [from: number, to: number]
}

/** Each host takes one address of the overlay, and the pool is made for one of 16 bits. */
const OVERLAY: NetworkForm = { example: '10.213.0.0/16', bits: [16, 16] }
/** From 64 Ki addresses down to the gateway's and five. */
const MGMT: NetworkForm = { example: '172.20.20.0/24', bits: [16, 29] }

const networkProblem = (value: string, { example, bits: [from, to] }: NetworkForm): string | undefined => {
  const network = parseNetwork(value)
  if (network === undefined) return `must be an IPv4 network like ${example}`
  const { first, bits } = network
  if (bits < from || bits > to) return `must have a prefix of ${from === to ? from : `${from} to ${to}`} bits`
  const inside = first % 2 ** (32 - bits)
  return inside === 0 ? undefined : `must be the address of a network: ${formatAddress(first - inside)}/${bits}`
}

const formatAddress = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')

/** First and last address of an IPv4 network in CIDR form, as numbers; undefined where it is none. */
export const parseNetwork = (
  value: string,
): { readonly first: number; readonly last: number; readonly bits: number } | undefined => {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(value)?.slice(1).map(Number) ?? []
  const [a = -1, b = -1, c = -1, d = -1, bits = -1] = parts
  if (parts.length !== 5 || [a, b, c, d].some((octet) => octet > 255) || bits > 32) return undefined
  const first = ((a * 256 + b) * 256 + c) * 256 + d
  return { first, last: first + 2 ** (32 - bits) - 1, bits }
}
