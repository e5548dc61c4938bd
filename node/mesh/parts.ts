import { randomInt } from 'node:crypto'
import type { Connection } from '@libp2p/interface'
import type { HostId } from '#core/model/ids.ts'
import { libp2pKey } from '#identity/keys.ts'
import { systemClock } from '#platform/clock.ts'
import { asError } from './channel.ts'
import { createGater, type Gater } from './gater.ts'
import { createJoinServer, introduceSelf, type JoinServer } from './join.ts'
import { createKeeper, type Keeper } from './keeper.ts'
import { startLagGauge } from './lag.ts'
import { createTransport, type Transport } from './libp2p.ts'
import type { MeshOptions, MeshTuning } from './mesh.ts'
import { createPeers, type Peers } from './peers.ts'
import { createProber, type Prober, probeSpaceMs } from './prober.ts'
import { type Protocols, protocolsOf } from './protocols.ts'
import { createPubsub, type Pubsub } from './pubsub.ts'
import { createRaftStreams, type RaftStreams } from './raft-streams.ts'
import { startSync } from './sync.ts'

const TUNING: MeshTuning = { probeMs: 1000, syncMs: 10_000, seenMs: 120_000 }
/** How long a host that dialled us may refuse our probes: one that resumes its join does. */
const UNANSWERED_MS = 45_000
/** How long a removed host may stay to hear that it was. */
const DISMISS_MS = 1_500
/** Where the roster is among the records. */
const ROSTER_ID = 'roster/mesh'

/** All that a running mesh consists of. */
export interface Parts {
  readonly options: MeshOptions
  readonly tuning: MeshTuning
  readonly protocols: Protocols
  readonly transport: Transport
  readonly gater: Gater
  readonly join: JoinServer
  readonly peers: Peers
  readonly prober: Prober
  readonly keeper: Keeper
  readonly pubsub: Pubsub
  readonly raft: RaftStreams
  /** Peers that have answered a probe, and since when gossip with them is missing or was seen to work. */
  readonly linked: Map<HostId, { silentSinceMs: number }>
  /** Removed hosts that are being told so. */
  readonly leaving: Set<HostId>
  readonly timers: NodeJS.Timeout[]
  /** How late this host runs itself. */
  lagMs(): number
  stopLag(): void
}

/** Makes the parts and ties them together; nothing runs yet but the measuring of lag. */
export async function createParts(options: MeshOptions): Promise<Parts> {
  const { monotonicMs } = systemClock
  const tuning = { ...TUNING, ...options.tuning }
  const protocols = protocolsOf(options.protocol, options.meshId)
  const roster = (): ReturnType<MeshOptions['roster']> => options.roster()
  const count = (code: string): void => options.count(code)
  const gater = createGater({ roster, count, monotonicMs, joinProtocol: protocols.join })
  const transport = await createTransport({
    privateKey: libp2pKey(options.identity.keys),
    listen: (options.listen.addresses ?? ['0.0.0.0']).map((address) => listenAddress(address, options.listen.port)),
    gater: gater.connectionGater,
    guard: gater.guard,
    topic: protocols.records,
    seenMs: tuning.seenMs,
  })
  const lag = startLagGauge(monotonicMs)
  const peers: Peers = createPeers({
    transport,
    monotonicMs,
    onOpen: (host, connection) => (gater.isAdmitted(host) ? prober.watch(host, connection) : undefined),
    onGone: (host, reason) => gone(parts, host, reason),
  })
  const prober: Prober = createProber({
    protocol: protocols.probe,
    probeMs: tuning.probeMs,
    spaceMs: () => probeSpaceMs(tuning.probeMs, roster().length),
    monotonicMs,
    lagMs: lag.lagMs,
    onAnswer: (host, rttMs) => answered(parts, host, rttMs),
    onSilent: (host, reason) => peers.drop(host, reason),
    onRefused: (host, connection) => refused(parts, host, connection),
  })
  const isConnected = (host: HostId): boolean => peers.connectionTo(host) !== undefined
  const keeper = createKeeper({
    transport,
    isConnected,
    self: options.identity.id,
    roster,
    random,
    onRefused: (host) => options.onRefused(host),
    count,
    log: options.log,
  })
  const parts: Parts = {
    options,
    tuning,
    protocols,
    transport,
    gater,
    join: createJoinServer({
      options,
      isAdmitted: gater.isAdmitted,
      removal: (host) => (gater.isRemoved(host) ? options.records.get([ROSTER_ID])[0] : undefined),
      monotonicMs,
    }),
    peers,
    prober,
    keeper,
    pubsub: createPubsub(transport, protocols.records, options),
    raft: createRaftStreams({ protocol: protocols.raft, connectionTo: peers.connectionTo, count }),
    linked: new Map(),
    leaving: new Set(),
    timers: [],
    lagMs: lag.lagMs,
    stopLag: lag.stop,
  }
  return parts
}

/** Exchanges digests with a peer, in the background. */
export function syncWith(parts: Parts, host: HostId): void {
  const connection = parts.peers.connectionTo(host)
  if (connection !== undefined) void startSync(connection, parts.protocols.sync, parts.options)
}

function answered(parts: Parts, host: HostId, rttMs: number): void {
  const { options, linked } = parts
  options.onProbe(host, rttMs)
  if (linked.has(host) || !parts.gater.isAdmitted(host)) return
  linked.set(host, { silentSinceMs: systemClock.monotonicMs() })
  parts.keeper.linked(host)
  options.onPeer(host, true, 'it answers')
  if (options.identity.id < host) syncWith(parts, host)
}

function gone(parts: Parts, host: HostId, reason: string): void {
  parts.gater.release(host)
  parts.prober.unwatch(host)
  parts.raft.drop(host)
  const wasLinked = parts.linked.delete(host)
  parts.keeper.lost(host, wasLinked)
  if (wasLinked) parts.options.onPeer(host, false, reason)
}

/** A host we dialled may hold a roster older than the one that admits us; one that dialled us may be joining again. */
function refused(parts: Parts, host: HostId, connection: Connection): void {
  if (connection.direction === 'outbound') void introduce(parts, host, connection)
  else
    setTimeout(
      () => (parts.linked.has(host) ? undefined : parts.peers.drop(host, 'it does not answer')),
      UNANSWERED_MS,
    ).unref()
}

/** A removed host is shown the roster that says so, over the one protocol it may still speak, and then cut off. Never rejects. */
export async function dismiss(parts: Parts, host: HostId): Promise<void> {
  const connection = parts.peers.connectionTo(host)
  const roster = parts.options.records.get([ROSTER_ID])[0]
  if (parts.leaving.has(host)) return
  parts.leaving.add(host)
  const timer = setTimeout(() => parts.peers.drop(host, 'it was removed from the mesh'), DISMISS_MS)
  try {
    if (connection !== undefined && roster !== undefined) await introduceSelf(connection, parts.protocols.join, roster)
    parts.options.count('DISMISSED')
  } catch (error) {
    parts.options.count('DISMISSAL_FAILED')
    parts.options.log.debug({ host, error: asError(error).message }, 'a removed host could not be told')
  } finally {
    clearTimeout(timer)
    parts.leaving.delete(host)
    parts.peers.drop(host, 'it was removed from the mesh')
  }
}

async function introduce(parts: Parts, host: HostId, connection: Connection): Promise<void> {
  const { options, protocols } = parts
  const roster = options.records.get([ROSTER_ID])[0]
  try {
    const answer = roster && (await introduceSelf(connection, protocols.join, roster))
    options.count(answer?.isAdmitted ? 'INTRODUCTION_OK' : 'INTRODUCTION_REFUSED')
    // Judged like any record: it counts only if a member signed it and it is newer.
    if (answer?.roster?.kind === 'roster') options.onRecord(answer.roster, 'sync')
  } catch (error) {
    options.count('INTRODUCTION_FAILED')
    options.log.debug({ host, error: asError(error).message }, 'introduction failed')
  }
  parts.peers.drop(host, 'it did not know this host')
}

const listenAddress = (address: string, port: number): string =>
  `/${address.includes(':') ? 'ip6' : 'ip4'}/${address}/tcp/${port}`

const random = (): number => randomInt(1_000_000) / 1_000_000
