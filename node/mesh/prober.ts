import type { Connection, Stream } from '@libp2p/interface'
import type { HostId } from '#core/model/ids.ts'
import { asError, writeFrame } from './channel.ts'
import { encodeFrame, FrameError, frameDecoder } from './frames.ts'

/** So many times `probeMs` may pass without an answer before a connection counts as dead. */
const MAX_MISSES = 3
/** Between two probes of a peer, per host of the mesh: small meshes can afford to ask twice as often. */
const SPACE_PER_HOST = 0.05
/** A probe is a counter of four bytes; its answer the same. */
const PROBE_BYTES = 4
/** Answers that wait to be read; a busy connection holds back a few. */
const MAX_UNREAD_BYTES = 4096

export interface ProberDeps {
  readonly protocol: string
  /** What an answer may take on a quiet host. */
  readonly probeMs: number
  /** Between two probes of a peer. */
  spaceMs(): number
  monotonicMs(): number
  /** How late this host runs itself. */
  lagMs(): number
  onAnswer(host: HostId, rttMs: number): void
  /** Probes were not answered, or no stream could be opened: the connection is dead. */
  onSilent(host: HostId, reason: string): void
  /** The other side is there but closed the stream before it ever answered: it may not know us. */
  onRefused(host: HostId, connection: Connection): void
}

/** Between two probes of a peer in a mesh of so many hosts: half of `probeMs` up to ten hosts, all of it from twenty on. */
export const probeSpaceMs = (probeMs: number, hosts: number): number =>
  Math.round(probeMs * Math.min(1, Math.max(0.5, hosts * SPACE_PER_HOST)))

/** Asks each connected peer again and again whether it is there, over one stream that stays open. */
export interface Prober {
  /** Something else came from this host, or it took what we sent: an answer may wait behind it and is not missed. */
  heard(host: HostId): void
  watch(host: HostId, connection: Connection): void
  unwatch(host: HostId): void
  stop(): void
}

interface Watched {
  readonly host: HostId
  readonly connection: Connection
  timer: NodeJS.Timeout | undefined
  readonly sent: Map<number, number>
  stream: Stream | undefined
  counter: number
  misses: number
  heardMs: number
  hasAnswered: boolean
}

/** One watch per peer; on its first answer the peer counts as there. */
export function createProber(deps: ProberDeps): Prober {
  const watched = new Map<HostId, Watched>()

  const unwatch = (host: HostId): void => {
    const watch = watched.get(host)
    watched.delete(host)
    clearTimeout(watch?.timer)
    watch?.stream?.abort(new Error('no longer watched'))
  }
  const isCurrent = (watch: Watched): boolean => watched.get(watch.host) === watch
  const silent = (watch: Watched, reason: string): void => {
    if (!isCurrent(watch)) return
    unwatch(watch.host)
    deps.onSilent(watch.host, reason)
  }
  const tick = (watch: Watched): void => {
    if (!isCurrent(watch)) return
    const spaceMs = deps.spaceMs()
    const maxMisses = Math.ceil((MAX_MISSES * deps.probeMs) / spaceMs)
    watch.timer = setTimeout(() => tick(watch), spaceMs)
    const dueMs = deps.monotonicMs() - deps.probeMs - deps.lagMs()
    const overdue = takeOverdue(watch.sent, dueMs)
    watch.misses = watch.heardMs > dueMs ? 0 : watch.misses + overdue
    if (watch.misses >= maxMisses) silent(watch, `${maxMisses} probes were not answered`)
    else sendProbe(watch, deps.monotonicMs())
  }
  const refused = (watch: Watched): void => {
    if (!isCurrent(watch)) return
    unwatch(watch.host)
    deps.onRefused(watch.host, watch.connection)
  }
  const closed = (watch: Watched): void =>
    watch.hasAnswered ? silent(watch, 'the probe stream was closed') : refused(watch)
  const open = async (watch: Watched): Promise<void> => {
    const stream = await watch.connection.newStream(deps.protocol, {
      signal: AbortSignal.timeout(MAX_MISSES * deps.probeMs + deps.lagMs()),
    })
    if (!isCurrent(watch)) return stream.abort(new Error('no longer watched'))
    watch.stream = stream
    onFrames(stream, (frame) => answered(watch, frame, deps))
    stream.addEventListener('close', () => closed(watch))
    if (stream.status === 'open') sendProbe(watch, deps.monotonicMs())
    else closed(watch)
  }

  return {
    unwatch,
    heard: (host) => {
      const watch = watched.get(host)
      if (watch !== undefined) watch.heardMs = deps.monotonicMs()
    },
    watch: (host, connection) => {
      unwatch(host)
      const watch: Watched = {
        host,
        connection,
        timer: setTimeout(() => tick(watch), deps.spaceMs()),
        sent: new Map(),
        stream: undefined,
        counter: 0,
        misses: 0,
        heardMs: 0,
        hasAnswered: false,
      }
      watched.set(host, watch)
      open(watch).catch((error: unknown) => (isTimeout(error) ? silent(watch, asError(error).message) : refused(watch)))
    },
    stop: () => {
      for (const host of [...watched.keys()]) unwatch(host)
    },
  }
}

interface ProbedDeps {
  onProbe(): void
  onMalformed(): void
}

/** Answers the probes of a peer. */
export function answerProbes(stream: Stream, { onProbe, onMalformed }: ProbedDeps): void {
  const answer = (frame: Uint8Array): void => {
    if (frame.length !== PROBE_BYTES) throw new FrameError('a probe of another length')
    onProbe()
    if (stream.writeBufferLength > MAX_UNREAD_BYTES) throw new Error('the other side does not read its answers')
    stream.send(encodeFrame(frame))
  }
  onFrames(stream, answer, onMalformed)
}

function onFrames(stream: Stream, handle: (frame: Uint8Array) => void, onMalformed?: () => void): void {
  const decode = frameDecoder(PROBE_BYTES)
  stream.addEventListener('message', (event) => {
    try {
      for (const frame of decode(event.data.subarray())) handle(frame)
    } catch (error) {
      if (error instanceof FrameError) onMalformed?.()
      stream.abort(asError(error))
    }
  })
}

function answered(watch: Watched, frame: Uint8Array, deps: ProberDeps): void {
  if (frame.length !== PROBE_BYTES) throw new FrameError('a probe of another length')
  const counter = new DataView(frame.buffer, frame.byteOffset).getUint32(0)
  const sentMs = watch.sent.get(counter)
  if (sentMs === undefined) return
  watch.sent.delete(counter)
  watch.misses = 0
  watch.hasAnswered = true
  deps.onAnswer(watch.host, deps.monotonicMs() - sentMs)
}

function sendProbe(watch: Watched, nowMs: number): void {
  const { stream } = watch
  if (stream === undefined || stream.status !== 'open') return
  watch.counter = (watch.counter + 1) >>> 0
  const payload = new Uint8Array(PROBE_BYTES)
  new DataView(payload.buffer).setUint32(0, watch.counter)
  watch.sent.set(watch.counter, nowMs)
  writeFrame(stream, payload, AbortSignal.timeout(1000)).catch(() => undefined)
}

/** Removes the probes sent before that moment and says how many they were. */
function takeOverdue(sent: Map<number, number>, beforeMs: number): number {
  const overdue = [...sent].filter(([, sentMs]) => sentMs < beforeMs)
  for (const [counter] of overdue) sent.delete(counter)
  return overdue.length
}

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')
