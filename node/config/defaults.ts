import { VXLAN_PORT } from '#core/model/units.ts'
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
  /** VXLAN network identifiers the mesh gives out, both included. */
  readonly vniMin: number
  readonly vniMax: number
  /** IPv4 network of addresses inside the WireGuard mesh. */
  readonly overlay: string
  /** Seconds between two looks at this host when nothing happens. */
  readonly sweepS: number
  /** Seconds a voter may be down before another host gets its vote; the same on every core host. */
  readonly replaceVoterAfterS: number
  /** Seconds a lab that no host knows a wish for keeps its numbers; the same on every core host. */
  readonly sweepOrphansAfterS: number
  readonly logLevel: LogLevel
}

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
  vniMin: 4096, // small ones are those that people and switches use by hand
  vniMax: 16_777_215, // 2^24 - 1, RFC 7348 §5
  overlay: '10.213.0.0/16', // 65 534 hosts, in a part of 10/8 that is seldom used
  sweepS: 60, // finds what no event told, at a cost of about 0.1 s of CPU
  replaceVoterAfterS: 600, // longer than a restart of the machine takes
  sweepOrphansAfterS: 900, // longer than a host that is back needs to tell what it has
  logLevel: 'info',
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
const vni: Rule = { type: 'integer', min: 1, max: 16_777_215 }

export const RULES: Readonly<Record<ConfigKey, Rule>> = {
  dataDir: path,
  socket: socketPath,
  dockerSocket: socketPath,
  libp2pPort: port,
  wireguardPort: port,
  vxlanPort: port,
  vniMin: vni,
  vniMax: vni,
  overlay: { type: 'text', what: 'an IPv4 network', check: (value) => networkProblem(value) },
  sweepS: { type: 'integer', min: 5, max: 3600 },
  replaceVoterAfterS: { type: 'integer', min: 5, max: 86_400 },
  sweepOrphansAfterS: { type: 'integer', min: 30, max: 604_800 },
  logLevel: {
    type: 'text',
    what: `one of ${LOG_LEVELS.join(', ')}`,
    check: (value) =>
      LOG_LEVELS.some((level) => level === value) ? undefined : `must be one of ${LOG_LEVELS.join(', ')}`,
  },
}

/** Each host takes one address of the overlay, and the pool is made for one of 16 bits. */
const networkProblem = (value: string): string | undefined => {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(value)?.slice(1).map(Number) ?? []
  const [a = -1, b = -1, c = -1, d = -1, bits = -1] = parts
  if (parts.length !== 5 || [a, b, c, d].some((octet) => octet > 255))
    return 'must be an IPv4 network like 10.213.0.0/16'
  if (bits !== 16) return 'must have a prefix of 16 bits'
  return c === 0 && d === 0 ? undefined : `must be the address of a network: ${a}.${b}.0.0/16`
}
