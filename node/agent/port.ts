import type { FeedEvent } from '#core/model/feed.ts'
import type { HostRole, LabIntent } from '#core/model/lab.ts'
import type { Names } from '#core/names/names.ts'
import type { OpenRecordKind, RecordView } from '#core/record/open.ts'
import type { LabView } from '#core/view/types.ts'
import type { AccessPort } from './port-access.ts'
import type { ConsoleAsk, ConsoleInput, ConsoleOutput } from './port-console.ts'
import type { DraftsPort } from './port-drafts.ts'
import type {
  AddressesAsk,
  AddressesView,
  HostDetail,
  HostView,
  LeaderView,
  PeerPathsView,
  QuorumView,
  RecoverAsk,
  RecoveredView,
  TokenInfo,
  TokenOptions,
  TokenView,
} from './port-hosts.ts'
import type { IperfPort } from './port-iperf.ts'
import type {
  ExecHow,
  ExecResult,
  LabImage,
  LabReconciled,
  LabSummary,
  Origin,
  PlanAsk,
  PlanView,
  Restarted,
  RevisionDetail,
  RevisionDiff,
  RevisionView,
  Submitted,
} from './port-labs.ts'
import type { ByteStream, CaptureAsk, ImpairedLink, ImpairLink, LogsAsk } from './port-links.ts'
import type { ReadyCheck } from './port-readiness.ts'
import type { SavedText, SaveOutcome, SaveView } from './port-saves.ts'
import type { LabSnapshot, SnapshotOutcome, SnapshotWish } from './port-snapshots.ts'
import type { Telemetry } from './port-telemetry.ts'
import type { HostWays } from './port-ways.ts'

export type * from './port-access.ts'
export type * from './port-console.ts'
export type * from './port-drafts.ts'
export type * from './port-hosts.ts'
export type * from './port-iperf.ts'
export type * from './port-labs.ts'
export type * from './port-links.ts'
export type * from './port-readiness.ts'
export type * from './port-saves.ts'
export type * from './port-snapshots.ts'
export type * from './port-telemetry.ts'
export type * from './port-ways.ts'

/** What the API may ask of the agent. Rejections are `MeshError`. Ages and times are milliseconds. */
export interface AgentPort {
  /** Who may use the API. */
  readonly access: AccessPort
  self(): SelfView
  /** Whether this host can do its work. Never rejects. */
  readiness(): Promise<readonly ReadyCheck[]>
  hosts(): readonly HostView[]
  /** What there is on one host that is to leave with it. NOT_FOUND where no host of the mesh is called so. */
  host(name: string): Promise<HostDetail>
  /** Commits that a host is to be empty, or that it may be used again. NO_QUORUM without a majority. */
  drainHost(name: string, drained: boolean): Promise<HostDetail>
  /** Removes a host for good. HOST_IN_USE where lab nodes are on it, unless `force`, or where it cannot lose its vote yet. */
  removeHost(
    name: string,
    options: { readonly force: boolean },
  ): Promise<{ readonly name: string; readonly id: string }>
  leader(): LeaderView
  /** The epoch, the voters as this host hears them, what their logs say, what works and what to do next. */
  quorum(): Promise<QuorumView>
  /**
   * Begins a new epoch on this host alone, after the majority was lost for good. NOT_CORE, QUORUM_STANDS, RECOVERY_UNDER_WAY, LOG_BEHIND;
   * BAD_INPUT where `confirm` is not this host's name.
   */
  recoverQuorum(ask: RecoverAsk): Promise<RecoveredView>
  /** Names of lab nodes and hosts, and whether what they stand for can be reached. */
  names(): Names
  /** Images of labs that run. */
  images(): Promise<readonly LabImage[]>
  /** From this host's log, or from the leader's where it keeps none. */
  allocations(): Promise<readonly AllocationView[]>
  /** Numbers for an owner; it gets the same ones when it asks again. NOT_CORE, NOT_FOUND, POOL_EXHAUSTED, NO_QUORUM, TIMEOUT. */
  reserve(ask: ReserveAsk): Promise<ReservationView>
  /** Gives back all that an owner reserved; how many numbers that were. NOT_CORE, NO_QUORUM, TIMEOUT. */
  free(owner: string): Promise<number>
  /** Commits a token; NO_QUORUM without a majority. */
  createToken(options: TokenOptions): Promise<TokenView>
  tokens(): readonly TokenInfo[]
  revokeToken(id: string): Promise<void>
  /** Measuring between hosts, lab nodes and attached machines. */
  readonly iperf: IperfPort
  /** Labs that are written but not asked for yet. */
  readonly drafts: DraftsPort
  labs(): readonly LabSummary[]
  /** All of them whole, by name. */
  labViews(): readonly LabView[]
  /** NOT_FOUND where no such lab is known. */
  lab(name: string): LabView
  /**
   * Keeps, gossips and starts to make true; what is already so stays. Contents are by sha256, hex. With `origin` it goes into the lab's
   * history. PLACEMENT_IMPOSSIBLE, IMAGE_MISSING, MTU_TOO_LARGE, and BAD_INPUT for a lab that is too large: then nothing was started.
   */
  submit(intent: LabIntent, contents: ReadonlyMap<string, Uint8Array>, origin?: Origin): Promise<Submitted>
  /** Takes a lab down; resolves when the deletion is kept, not when it is done. NOT_FOUND where no such lab is known. */
  remove(name: string): Promise<void>
  /** Every host of the lab looks now, and tries at once what failed before. NOT_FOUND where no such lab is known. */
  reconcileLab(name: string): Promise<LabReconciled>
  /** What `submit` would do now: where each node would go and why, what changes and why. PLACEMENT_IMPOSSIBLE says all reasons. */
  plan(intent: LabIntent, ask?: PlanAsk): Promise<PlanView>
  /** The kept states of a lab, oldest first. NOT_FOUND where there is none. */
  revisions(lab: string): readonly RevisionView[]
  /** One of them, by number or name; the newest where none is given. NOT_FOUND where it was not kept or cannot be had now. */
  revision(lab: string, revision?: string): Promise<RevisionDetail>
  /** What differs from one to another, to the newest where no other is named. NOT_FOUND as above. */
  diffRevisions(lab: string, from: string, to?: string): Promise<RevisionDiff>
  /** Submits the intent and the files of a kept state, as a new one. NOT_FOUND as above, else as `submit`. */
  rollback(lab: string, revision: string, origin: Pick<Origin, 'name' | 'message'>): Promise<Submitted>
  /** Runs argv inside a lab node, wherever it runs. */
  exec(lab: string, node: string, argv: readonly string[], how?: ExecHow): Promise<ExecResult>
  /** Ends a lab node and starts it again, with its links, wherever it runs. NOT_FOUND, BUSY, TOOL_FAILED, UNREACHABLE. */
  restartNode(lab: string, node: string): Promise<Restarted>
  /** Reads the configuration of nodes and keeps it; all that can unless some are named. NOT_FOUND; BAD_INPUT where one named cannot. */
  saveConfigs(lab: string, nodes?: readonly string[]): Promise<SaveOutcome>
  /** What was saved of a lab, oldest first; also of one that is down. */
  saves(lab: string): readonly SaveView[]
  /** The newest of a node, or of one save. NOT_FOUND where nothing was saved, or it cannot be had now. */
  savedConfig(lab: string, node: string, save?: number): Promise<SavedText>
  /** Nodes made from now on start with what their topology says. NOT_FOUND where nothing was saved. */
  forgetSaved(lab: string, nodes?: readonly string[]): Promise<void>
  /** NOT_FOUND where no such lab runs, UNREACHABLE where a host of it cannot be asked. */
  snapshots(lab: string): Promise<readonly LabSnapshot[]>
  /** Keeps the files of nodes. NOT_FOUND, SNAPSHOT_EXISTS, SNAPSHOT_LIMIT, UNREACHABLE before anything is begun. */
  takeSnapshot(lab: string, wish: SnapshotWish): Promise<SnapshotOutcome>
  /** Puts them back, of the nodes named or of all that have the snapshot. NOT_FOUND, UNREACHABLE before anything is begun. */
  restoreSnapshot(lab: string, wish: SnapshotWish): Promise<SnapshotOutcome>
  removeSnapshot(lab: string, wish: SnapshotWish): Promise<SnapshotOutcome>
  /**
   * Makes a link of a lab worse on purpose, or whole again, at all its ends unless told otherwise. NOT_FOUND where the lab has no such end,
   * BAD_INPUT for what makes no sense, PLACEMENT_IMPOSSIBLE where the kernel of a host it runs on cannot do it.
   */
  impairLink(
    lab: string,
    end: { readonly node: string; readonly interface: string },
    ask: ImpairLink,
  ): Promise<ImpairedLink>
  /**
   * Frames at one end of a link, as a pcap file, from whichever host has it. Ends when `signal` fires. NOT_FOUND, BAD_INPUT for a filter
   * tcpdump does not know, BUSY where too many are under way there, TOOL_MISSING, UNREACHABLE.
   */
  capture(ask: CaptureAsk, signal: AbortSignal): Promise<ByteStream>
  /** What a node has printed: JSON, one value a line, `{stdout}` or `{stderr}`. NOT_FOUND, BUSY, UNREACHABLE. */
  logs(ask: LogsAsk, signal: AbortSignal): Promise<ByteStream>
  /**
   * A terminal in a node, from whichever host runs it; goes on until the program ends or `signal` fires. Throws, with the first message or a
   * later one, NOT_FOUND, BUSY, TOOL_FAILED, UNREACHABLE, TIMEOUT where nobody used it.
   */
  console(ask: ConsoleAsk, input: AsyncIterable<ConsoleInput>, signal: AbortSignal): AsyncIterable<ConsoleOutput>
  /** What happened, host by host in order; newest last. BAD_INPUT where the cursor is none, NOT_FOUND where no host is called so. */
  events(ask: EventsAsk): Promise<EventsPage>
  /** Calls `onEvent` with all that happens from now on, until `stop`; `missed` is what is asked for of before. */
  followEvents(ask: EventsAsk, onEvent: (event: EventView) => void): FollowedEvents
  /** How this host reaches each other one. */
  paths(): readonly PeerPathsView[]
  /** How every host reaches each other one; each is asked. */
  ways(): Promise<readonly HostWays[]>
  /** A record as it was signed. NOT_FOUND where this host has none of that kind and key. */
  record(kind: OpenRecordKind, key: string): RecordView
  /** Commits where this host is reached. BAD_INPUT for an address that is not its own or of the same network, NO_QUORUM, TIMEOUT. */
  setAddresses(ask: AddressesAsk): Promise<AddressesView>
  /** Counters by name, for status and tests: records dropped by code, and the like. */
  counters(): Readonly<Record<string, number>>
  /** How the agent does, for those who measure it. */
  telemetry(): Telemetry
}

interface SelfView {
  readonly id: string
  readonly name: string
  readonly role: HostRole
  readonly version: string
  readonly meshId: string
}

/** Which events. */
export interface EventsAsk {
  readonly lab?: string
  /** Name of the host that told them, or that they are about. */
  readonly host?: string
  /** A cursor that was answered before: only what comes after it, oldest first. */
  readonly since?: string
  /** No older than this, by the clock of the host that told it. */
  readonly ageMs?: number
  /** At most so many: the newest, or with a cursor the oldest. */
  readonly limit: number
}

export interface EventView extends FeedEvent {
  readonly hostName: string
}

export interface EventsPage {
  readonly events: readonly EventView[]
  /** For `since`: all up to here was read. */
  readonly cursor: string
}

export interface FollowedEvents {
  readonly missed: readonly EventView[]
  /** Before the first of them: with each one read it advances to {@link cursor}. */
  readonly from: string
  /** After everything handed out so far. */
  cursor(): string
  stop(): void
}

export interface AllocationView {
  readonly pool: string
  readonly value: number | string
  readonly host?: string
  readonly owner: string
  readonly sinceMs: number
  /** When a lease ends; absent where it has no end. */
  readonly untilMs?: number
}

export interface ReserveAsk {
  readonly pool: 'vni' | 'port' | 'mgmt'
  /** By name; whose ports, and only for those. */
  readonly host?: string
  readonly owner: string
  /** 1 unless told, at most 64. */
  readonly count?: number
  /** How long; for ever unless told. */
  readonly ttlMs?: number
}

export interface ReservationView {
  readonly pool: string
  readonly host?: string
  readonly owner: string
  /** Numbers, or addresses in their usual form. */
  readonly values: readonly (number | string)[]
}
