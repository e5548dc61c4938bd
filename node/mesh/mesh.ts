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
  /** On its second network, where it has one. */
  readonly secondary?: readonly string[]
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
  /** The peer has probed this host: another sign of life. */
  onHeard(host: HostId): void
  /** A host that was called does not listen on its port: its machine is there, its agent is not. */
  onRefused(host: HostId): void
  onRaft(from: HostId, message: unknown): void
  onRequest(from: HostId, name: string, body: unknown): Promise<unknown>
  /** Answers with bytes that may go on for long; the signal fires when nobody wants them any more. None are given where it is absent. */
  onStream?(from: HostId, name: string, body: unknown, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** The same where the peer goes on saying something meanwhile: its messages come as it cut them, and end where it ends them. */
  onDuplex?(from: HostId, name: string, body: unknown, talk: Talk): AsyncIterable<Uint8Array>
  /** Admits through the log. Reject with TOKEN_INVALID for a wrong proof: ten of them lock the token here. */
  onJoin(request: JoinRequest, remote: string): Promise<JoinAnswer>
  /** Codes are a bounded set: a metric's label. */
  count(code: string): void
  readonly log: MeshLog
  readonly tuning?: Partial<MeshTuning>
}

/** What a host goes on saying while it is answered; `signal` ends both. */
export interface Talk {
  /** Messages of at most 32 KiB. */
  readonly input: AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
}

/** Long answers one peer may read at once. */
export const MAX_STREAMS_PER_PEER = 16
/** Talks one peer may have at once. */
export const MAX_TALKS_PER_PEER = 64

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
  /**
   * Bytes of a peer, as fast as they are taken, until it ends them, `signal` fires or they are no longer read. Rejects, with the first piece
   * or a later one, with UNREACHABLE or the error the other side threw. At most {@link MAX_STREAMS_PER_PEER} at once.
   */
  stream(to: HostId, name: string, body: unknown, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** The same with something to say meanwhile; messages of at most 64 KiB arrive as they were cut. At most {@link MAX_TALKS_PER_PEER} at once. */
  duplex(to: HostId, name: string, body: unknown, talk: Talk): AsyncIterable<Uint8Array>
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
