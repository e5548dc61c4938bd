import type { ErrorCode } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { HostRole } from '#core/model/lab.ts'
import type { RosterEntry, SignedRecord } from '#core/model/record.ts'
import type { Digest } from '#core/record/digest.ts'
import type { Identity } from '#identity/index.ts'
import type { JoinTranscript } from '#identity/token.ts'

/** What was made of a record: taken and passed on, known already or not for us, or wrong. */
export type RecordVerdict = 'accept' | 'ignore' | 'reject'

/** The records held, for sync. Ids are `kind/key`, see `core/record/merge.ts`. */
interface RecordSource {
  digest(): Digest
  /** Those of the ids that are held. */
  get(ids: readonly string[]): SignedRecord[]
}

/** Fields first, as pino; any of its loggers will do. */
export interface MeshLog {
  debug(fields: object, message?: string): void
  info(fields: object, message?: string): void
  warn(fields: object, message?: string): void
  error(fields: object, message?: string): void
}

/** What a joiner asks for; the proof covers all of it. */
export interface JoinAsk {
  /** PEM, PKCS #10. */
  readonly csr: string
  readonly name?: string
  /** What the joiner's token says; absent means that it takes any. */
  readonly role?: HostRole
  /** base64. */
  readonly wgPublicKey: string
  readonly wgPort: number
  /** TCP port of libp2p. */
  readonly port: number
  /** IP addresses others reach it at, best first. */
  readonly addresses: readonly string[]
}

/**
 * A joiner's request, its form and its key checked (`hostId` is the peer at the other end, the request for a certificate is signed by it);
 * the proof is not: whoever holds the token's verifier calls `checkProof(verifier, transcript, proof)`.
 */
export interface JoinRequest extends JoinAsk {
  readonly tokenId: string
  readonly hostId: HostId
  readonly transcript: JoinTranscript
  readonly proof: string
}

/** What the joiner takes home. */
export interface JoinAnswer {
  /** PEM. */
  readonly certificate: string
  /** The roster that names it. */
  readonly record: SignedRecord
  /** PEM; only for the role `core`. */
  readonly caKey?: string
  readonly overlayAddress: string
  readonly meshId: string
  readonly epoch: number
  readonly protocol: number
}

/** Times a test may shorten; milliseconds. */
export interface MeshTuning {
  /** Between two probes of a peer, and what an answer may take on a quiet host. */
  readonly probeMs: number
  /** Between two exchanges of digests. */
  readonly syncMs: number
  /** How long gossip remembers what it has seen. */
  readonly seenMs: number
}

export interface MeshOptions {
  readonly identity: Identity
  /** Of `version.json`; part of every topic and stream name. */
  readonly protocol: number
  readonly meshId: string
  readonly listen: { readonly port: number; readonly addresses?: readonly string[] }
  /** The hosts as the log has them, this one included; asked again and again. */
  roster(): readonly RosterEntry[]
  readonly records: RecordSource
  /** Synchronous; the caller verifies and feeds the engine. `sync` where it did not come by gossip. */
  onRecord(record: SignedRecord, from: HostId | 'sync'): RecordVerdict
  /** True once the peer has answered a probe. */
  onPeer(host: HostId, connected: boolean, reason: string): void
  onProbe(host: HostId, rttMs: number): void
  onRaft(from: HostId, message: unknown): void
  onRequest(from: HostId, name: string, body: unknown): Promise<unknown>
  /** Admits through the log. Reject with TOKEN_INVALID for a wrong proof: ten of them lock the token here. */
  onJoin(request: JoinRequest, remote: string): Promise<JoinAnswer>
  /** Codes are a bounded set: a metric's label. */
  count(code: string): void
  readonly log: MeshLog
  readonly tuning?: Partial<MeshTuning>
}

/** This host's place among the others. */
export interface Mesh {
  /** Rejects with BAD_INPUT where no address can be listened on. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Tells all; best effort, sync brings what gossip loses. */
  publish(record: SignedRecord): void
  /** In order, best effort: dropped where the peer is not connected or slow. */
  sendRaft(to: HostId, message: unknown): void
  /** Rejects with UNREACHABLE, TIMEOUT, or the error the other side threw. JSON both ways, at most 12 MiB: 8 MiB of bytes as base64. */
  request(to: HostId, name: string, body: unknown, timeoutMs: number): Promise<unknown>
  /** Peers that answer probes. */
  connected(): HostId[]
  /** Call after each change of the roster. */
  rosterChanged(): void
  /** Multiaddresses listened on, with `/p2p/<id>`. */
  addresses(): string[]
}

/** An error as it travels. */
export interface WireError {
  readonly code: ErrorCode
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}
