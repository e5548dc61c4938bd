import { randomInt } from 'node:crypto'
import type { Stream, StreamHandler } from '@libp2p/interface'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { systemClock } from '#platform/clock.ts'
import { asError } from './channel.ts'
import { MAX_STREAMS_PER_PEER, MAX_TALKS_PER_PEER, type Mesh, type MeshOptions } from './mesh.ts'
import { createParts, dismiss, type Parts, syncWith } from './parts.ts'
import { answerProbes } from './prober.ts'
import { readRaft } from './raft-streams.ts'
import { answerRequest, MAX_REQUESTS_PER_PEER, sendRequest } from './requests.ts'
import { answerStream, readStream } from './streams.ts'
import { answerSync } from './sync.ts'

export type {
  JoinAnswer,
  JoinRequest,
  Mesh,
  MeshOptions,
  MeshTuning,
  RecordVerdict,
} from './mesh.ts'

/** How often strangers are looked after. */
const SWEEP_MS = 1000
/** How long a peer may answer probes while gossip does not flow, and how often that is looked at. */
const GOSSIP_MS = 2500
const GOSSIP_CHECK_MS = 500

/** This host among the others, over libp2p. Nothing happens before `start`; a stopped mesh may be started again. */
export function createMesh(options: MeshOptions): Mesh {
  let parts: Parts | undefined
  return {
    start: async () => {
      parts = await createParts(options)
      await begin(parts)
    },
    stop: async () => {
      const running = parts
      parts = undefined
      if (running !== undefined) await end(running)
    },
    publish: (record) => parts?.pubsub.publish(record),
    sendRaft: (to, message) => parts?.raft.send(to, message),
    request: (to, name, body, timeoutMs) => {
      const connection = parts?.peers.connectionTo(to)
      if (parts === undefined || connection === undefined)
        return Promise.reject(new MeshError('UNREACHABLE', `${to} is not connected`, { host: to }))
      const { protocols, prober } = parts
      return sendRequest(connection, {
        protocol: protocols.request,
        name,
        body,
        timeoutMs,
        onProgress: () => prober.heard(to),
      })
    },
    stream: (to, name, body, signal) => {
      const { parts: running, connection, onProgress } = reach(parts, to)
      return readStream(connection, { protocol: running.protocols.stream, name, body, signal, onProgress })
    },
    duplex: (to, name, body, talk) => {
      const { parts: running, connection, onProgress } = reach(parts, to)
      return readStream(connection, { protocol: running.protocols.duplex, name, body, onProgress, ...talk })
    },
    connected: () => [...(parts?.linked.keys() ?? [])],
    rosterChanged: () => (parts === undefined ? undefined : applyRoster(parts)),
    addresses: () => parts?.transport.getMultiaddrs().map(String) ?? [],
  }
}

function reach(parts: Parts | undefined, to: HostId) {
  const connection = parts?.peers.connectionTo(to)
  if (parts === undefined || connection === undefined)
    throw new MeshError('UNREACHABLE', `${to} is not connected`, { host: to })
  return { parts, connection, onProgress: (): void => parts.prober.heard(to) }
}

async function begin(parts: Parts): Promise<void> {
  const { options, transport, tuning, timers } = parts
  await serve(parts)
  try {
    await transport.start()
  } catch (error) {
    await end(parts)
    const why = asError(error).message
    throw new MeshError('BAD_INPUT', `TCP port ${options.listen.port} cannot be listened on: ${why}`, {}, error)
  }
  parts.pubsub.start()
  parts.keeper.refresh()
  timers.push(
    setInterval(() => sweep(parts), SWEEP_MS),
    setInterval(() => checkGossip(parts), GOSSIP_CHECK_MS),
  )
  timers.push(setInterval(() => syncWithAny(parts), tuning.syncMs))
}

async function end(parts: Parts): Promise<void> {
  for (const timer of parts.timers) clearInterval(timer)
  parts.keeper.stop()
  parts.prober.stop()
  parts.stopLag()
  await parts.transport.stop()
}

async function serve(parts: Parts): Promise<void> {
  const { options, protocols, transport, gater, join, prober } = parts
  const takeRequest = (stream: Stream, from: HostId): Promise<void> =>
    answerRequest(stream, from, {
      onRequest: (...ask) => options.onRequest(...ask),
      count: (code) => options.count(code),
      onProgress: () => prober.heard(from),
    })
  const takeStream = (stream: Stream, from: HostId): Promise<void> =>
    answerStream(stream, from, {
      answer: (host, name, body, { signal }) => options.onStream?.(host, name, body, signal),
      count: (code) => options.count(code),
      onProgress: () => prober.heard(from),
    })
  const takeTalk = (stream: Stream, from: HostId): Promise<void> =>
    answerStream(stream, from, {
      answer: (...ask) => options.onDuplex?.(...ask),
      count: (code) => options.count(code),
      onProgress: () => prober.heard(from),
    })
  const takeRaft = (stream: Stream, from: HostId): void =>
    readRaft(
      stream,
      (message) => {
        // The stream may be older than the removal.
        if (!gater.isAdmitted(from)) return options.count('STRANGER_MESSAGE')
        prober.heard(from)
        options.onRaft(from, message)
      },
      () => options.count('FRAME_MALFORMED'),
    )
  const serving: [protocol: string, handler: StreamHandler, maxInboundStreams: number][] = [
    [protocols.join, (stream, connection) => join.answer(stream, connection), 1],
    [
      protocols.probe,
      (stream, { remotePeer }) =>
        answerProbes(stream, {
          onProbe: () => probed(parts, remotePeer.toString() as HostId),
          onMalformed: () => options.count('FRAME_MALFORMED'),
        }),
      2,
    ],
    [protocols.sync, (stream) => answerSync(stream, options), 2],
    [
      protocols.request,
      (stream, { remotePeer }) => takeRequest(stream, remotePeer.toString() as HostId),
      MAX_REQUESTS_PER_PEER,
    ],
    [
      protocols.stream,
      (stream, { remotePeer }) => takeStream(stream, remotePeer.toString() as HostId),
      MAX_STREAMS_PER_PEER,
    ],
    [
      protocols.duplex,
      (stream, { remotePeer }) => takeTalk(stream, remotePeer.toString() as HostId),
      MAX_TALKS_PER_PEER,
    ],
    [protocols.raft, (stream, { remotePeer }) => takeRaft(stream, remotePeer.toString() as HostId), 2],
  ]
  for (const [protocol, handler, maxInboundStreams] of serving)
    await transport.handle(protocol, handler, { maxInboundStreams, maxOutboundStreams: MAX_REQUESTS_PER_PEER })
}

/** Of a peer that has answered: whoever has not yet may not know us. */
function probed({ options, linked }: Parts, host: HostId): void {
  if (linked.has(host)) options.onHeard(host)
}

function syncWithAny(parts: Parts): void {
  const linked = [...parts.linked.keys()]
  const host = linked[randomInt(Math.max(1, linked.length))]
  if (host !== undefined) syncWith(parts, host)
}

/**
 * A peer that is there but that gossipsub has lost, in one direction or both, is connected anew: gossipsub hears of a closed connection
 * late, sometimes after the next one has opened, and then never opens its stream again.
 */
function checkGossip(parts: Parts): void {
  const nowMs = systemClock.monotonicMs()
  for (const [host, gossip] of parts.linked) {
    if (parts.pubsub.isAlive(host, parts.peers.connectionsTo(host))) gossip.silentSinceMs = nowMs
    if (nowMs - gossip.silentSinceMs < GOSSIP_MS + parts.lagMs()) continue
    parts.options.count('GOSSIP_STUCK')
    parts.peers.drop(host, 'gossip does not reach it')
  }
}

function sweep(parts: Parts): void {
  for (const id of parts.gater.expired())
    if (mayClose(parts, id) && !parts.gater.isAdmitted(id)) parts.peers.drop(id, 'its time to join is over')
}

/** Those that were removed are told and go, as do those not admitted; strangers that are members now come back as such. */
function applyRoster(parts: Parts): void {
  const { gater, peers, keeper } = parts
  const pending = new Set(gater.pending())
  for (const host of peers.all()) {
    const isAdmitted = gater.isAdmitted(host)
    if (gater.isRemoved(host)) void dismiss(parts, host)
    else if (isAdmitted === pending.has(host) && mayClose(parts, host))
      peers.drop(host, isAdmitted ? 'it is admitted now' : 'it is not admitted')
    if (isAdmitted) gater.release(host)
  }
  keeper.refresh()
}

/** A conversation about joining ends by itself, and its connection with it. */
const mayClose = (parts: Parts, host: HostId): boolean => !parts.join.isTalking(host)
