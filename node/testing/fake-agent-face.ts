import type {
  AgentPort,
  CaptureAsk,
  EventView,
  ExecResult,
  HostCommands,
  HostDetail,
  HostReconciled,
  ImpairLink,
  LabSnapshot,
  LabView,
  LeaderView,
  LogsAsk,
  QuorumView,
  ReadyCheck,
  RecoverAsk,
  RevisionDetail,
  SnapshotWish,
} from '#agent/port.ts'
import type { LabIntent } from '#core/model/lab.ts'
import type { RecordView } from '#core/record/open.ts'
import type { FakeAccess } from './fake-access.ts'
import type { FakeConsole } from './fake-console.ts'
import type { FakeIperf } from './fake-iperf.ts'

/** An `AgentPort` in memory: it keeps what is submitted and shows it as `pending` until a test moves it on. */
export interface FakeAgent extends AgentPort {
  readonly access: FakeAccess
  /** Measuring; it has samples. */
  readonly iperf: FakeIperf
  /** What was submitted last, by lab. */
  readonly submitted: Map<string, { readonly intent: LabIntent; readonly contents: ReadonlyMap<string, Uint8Array> }>
  readonly execs: {
    readonly lab: string
    readonly node: string
    readonly argv: readonly string[]
    readonly stdin?: string
  }[]
  readonly restarts: { readonly lab: string; readonly node: string }[]
  readonly views: Map<string, LabView>
  /** What was submitted with its origin, by lab, oldest first. */
  readonly history: Map<string, readonly RevisionDetail[]>
  /** What hosts say they would run. */
  commands: readonly HostCommands[]
  /** Shows parts of a lab anew. NOT_FOUND where there is none. */
  show(lab: string, change: (view: LabView) => LabView): void
  /** Everything of a lab running and up. */
  bringUp(lab: string): void
  /** The next call of this method rejects (or throws) with `error`; `undefined` mends it. */
  fail(method: keyof AgentPort, error: unknown): void
  leaderView: LeaderView
  /** What is asked of hosts; a test may put another one in its place. */
  hostDetail(name: string): HostDetail
  readonly drains: { readonly name: string; readonly drained: boolean }[]
  readonly removed: string[]
  quorumView: QuorumView
  /** What recoveries were asked for. */
  readonly recoveries: RecoverAsk[]
  execResult: ExecResult
  /** What this host says of itself. */
  checks: readonly ReadyCheck[]
  /** What hosts say when a lab is to be reconciled. */
  reconciled: readonly HostReconciled[]
  /** What is kept of nodes, of all labs. */
  snapshotRows: readonly LabSnapshot[]
  /** What was asked of snapshots: the verb, the lab, the wish. */
  readonly snapshotAsks: (readonly [verb: string, lab: string, wish: SnapshotWish])[]
  /** Saved configurations, by `lab/node`. */
  readonly savedTexts: Map<string, string>
  /** Nodes that cannot be saved, and why. */
  readonly saveFaults: Map<string, string>
  /** Nodes whose snapshots fail, and why. */
  readonly snapshotFaults: Map<string, string>
  /** Signed ones, by `kind/key`. */
  readonly records: Map<string, RecordView>
  /** What was asked of links, and of streams. */
  readonly linkAsks: (readonly [lab: string, end: string, ask: ImpairLink])[]
  readonly streamAsks: (CaptureAsk | LogsAsk)[]
  readonly consoles: FakeConsole
  /** What streams give. */
  streamed: readonly string[]
  /** What happened, oldest first; each in a place of its own. */
  readonly feed: EventView[]
  /** Something happens: kept, and told to whoever follows. */
  happen(event: EventView): void
  /** How many follow now. */
  readonly following: number
  /** False: a lab that is removed stays, until a test takes it from `views`. */
  removesAtOnce: boolean
}
