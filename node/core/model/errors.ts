/** Every error a person can meet: HTTP status and what to do next. `docs/errors.md` is kept equal by a test. */
export const ERRORS = {
  BAD_INPUT: { status: 400, hint: 'Correct what is listed and try again.' },
  BAD_TOPOLOGY: { status: 422, hint: 'Correct the lines listed; nothing was started.' },
  LOGIN_NEEDED: {
    status: 401,
    hint: 'Log in, or send an API token: `Authorization: Bearer …`, SKEIN_TOKEN for the command line. `skein apitoken create` on a host makes one.',
  },
  LOGIN_WRONG: {
    status: 401,
    hint: 'Check name and password. Whoever is root on a host sets a new one with `skein user set NAME --role ROLE`.',
  },
  FORBIDDEN: { status: 403, hint: 'Ask an admin for the role named: `skein user set NAME --role ROLE` on a host.' },
  ORIGIN_REFUSED: { status: 403, hint: 'Open the page of this host itself and do it there.' },
  TOO_MANY_TRIES: { status: 429, hint: 'Wait as long as it says; other people and other addresses are not held up.' },
  LAST_ADMIN: { status: 409, hint: 'Make somebody else an admin first: `skein user set NAME --role admin`.' },
  NOT_FOUND: { status: 404, hint: 'List what there is with `skein lab ls` or `skein host ls`.' },
  NO_QUORUM: {
    status: 503,
    hint: 'Start the hosts that are missing; a lab that was asked for is kept and comes up by itself then. `skein quorum status` says more.',
  },
  QUORUM_STANDS: {
    status: 409,
    hint: 'Nothing needs recovering. `skein quorum status` shows who is there and what to do.',
  },
  RECOVERY_UNDER_WAY: {
    status: 409,
    hint: 'One host recovers, all others follow it by themselves; look with `skein quorum status`.',
  },
  LOG_BEHIND: {
    status: 409,
    hint: 'Run it on the host named. With --force this log counts, and what the other one has more is lost.',
  },
  NOT_LEADER: { status: 503, hint: 'Followed inside; try again if you see it.' },
  TIMEOUT: { status: 504, hint: 'It goes on in the background; look with `skein lab show`.' },
  BUSY: { status: 503, hint: 'Try again in some seconds; fewer requests at once get there sooner.' },
  POOL_EXHAUSTED: { status: 507, hint: 'Take down labs that are not needed, or widen the pool in the configuration.' },
  NAME_TAKEN: {
    status: 409,
    hint: 'Choose another name. For a machine that lost its data and is down here: `skein token create --name NAME`, then join it with that.',
  },
  TOKEN_SPENT: { status: 403, hint: 'Make a new one with `skein token create` on a host of the mesh.' },
  TOKEN_EXPIRED: { status: 403, hint: 'Make a new one with `skein token create` on a host of the mesh.' },
  TOKEN_REVOKED: { status: 403, hint: 'Make a new one with `skein token create` on a host of the mesh.' },
  TOKEN_UNKNOWN: { status: 403, hint: 'Make a new one with `skein token create` on a host of the mesh.' },
  TOKEN_INVALID: { status: 403, hint: 'Copy the whole token again; it starts with `skein1.`.' },
  NOT_ADMITTED: { status: 403, hint: 'Join with a token first: `skein join TOKEN --name NAME`.' },
  NOT_CORE: { status: 403, hint: 'Run it on a core host; `skein host ls` shows the roles.' },
  WRONG_MESH: {
    status: 403,
    hint: 'The other end is not of the mesh this token or certificate belongs to; check the address.',
  },
  HOST_OUTDATED: {
    status: 409,
    hint: 'Update the hosts named first, or start those that were not heard; then try again. A host that is gone for good: `skein host remove NAME`.',
  },
  HOST_IN_USE: {
    status: 409,
    hint: 'Empty it with `skein host drain NAME`, or take those labs down; of a host that is gone for good, use --force.',
  },
  MTU_TOO_LARGE: {
    status: 409,
    hint: 'Ask for no more than the path carries, pin both ends to one host, or leave `--strict-mtu` out: then larger packets go in pieces.',
  },
  PLACEMENT_IMPOSSIBLE: { status: 409, hint: 'Start the hosts named, change the pins, or free capacity.' },
  ALLOCATION_CONFLICT: { status: 409, hint: 'Report it: two labs were given one number.' },
  MGMT_CONFLICT: {
    status: 409,
    hint: 'Write another address, subnet or network under `mgmt` or `mgmt-ipv4`; `skein allocation ls` shows who holds what.',
  },
  PORT_TAKEN: {
    status: 409,
    hint: 'Publish another port, pin the node to another host, or take the holder down; `skein lab ports` shows who has which.',
  },
  IMAGE_MISSING: {
    status: 409,
    hint: 'Load the image on one host of the mesh, with `image-pull-policy: Never` on those named (`docker load`, `docker pull`, `scripts/images.sh`), then try again; a lab that was taken already goes on by itself.',
  },
  DISK_FULL: {
    status: 507,
    hint: 'Make room on that host, for example with `docker image prune`; what waits for it goes on by itself.',
  },
  SNAPSHOT_EXISTS: {
    status: 409,
    hint: 'Choose another name, or remove that one: `skein lab snapshot-delete LAB --name NAME`.',
  },
  SNAPSHOT_LIMIT: {
    status: 409,
    hint: 'Remove some with `skein lab snapshot-delete LAB --name NAME`; `skein lab snapshots LAB` lists them.',
  },
  TOOL_FAILED: { status: 502, hint: 'See the message; it is tried again by itself.' },
  TOOL_MISSING: { status: 502, hint: 'Install it with `./install.sh --deps`.' },
  NOT_READY: {
    status: 503,
    hint: 'Mend what is listed in details; `systemctl status docker openvswitch-switch` shows whether tools run.',
  },
  KEY_REUSED: {
    status: 409,
    hint: 'Send another `Idempotency-Key` with another request; the same one is for the same request again.',
  },
  TEST_STATE: { status: 409, hint: 'Look at it with `skein iperf show ID`; what has ended stays as it is.' },
  NIC_BUSY: { status: 409, hint: 'Tests wait for it by themselves; `skein iperf reservations` shows who measures.' },
  ATTACHED_EXISTS: { status: 409, hint: 'Choose another name, or remove that machine: `skein iperf agents rm NAME`.' },
  ATTACHED_KEY_WRONG: {
    status: 401,
    hint: 'Send the key that was told when the machine was made as X-AGENT-KEY, its name as X-AGENT-NAME.',
  },
  API_VERSION: { status: 426, hint: 'Send `X-API-Version: 1`, or update the program that asks.' },
  UNREACHABLE: { status: 503, hint: 'Start the agent with `skein run`, or name another host with --api.' },
  ALREADY_MEMBER: { status: 409, hint: 'This host already has an identity; remove its data folder to start over.' },
  NO_IDENTITY: {
    status: 409,
    hint: 'Make a mesh with `skein bootstrap --name NAME`, or join one with `skein join TOKEN --name NAME`.',
  },
  CORRUPT_STORE: { status: 500, hint: 'See ops/runbooks; the data folder is damaged and the agent will not guess.' },
  INTERNAL: { status: 500, hint: 'Report it with the log of the agent.' },
} as const satisfies Record<string, { status: number; hint: string }>

export type ErrorCode = keyof typeof ERRORS

/** The one error class: what happened, with the values; the catalogue adds what to do next. */
export class MeshError extends Error {
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'MeshError'
    this.code = code
    this.details = details
  }

  get hint(): string {
    return ERRORS[this.code].hint
  }
}

/** One mistake in what somebody wrote. `line` and `column` count from 1. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  readonly code: string
  /** For example `topology.nodes.r1.image`. */
  readonly path: string
  readonly line: number
  readonly column: number
  readonly message: string
}
