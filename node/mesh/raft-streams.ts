import type { Connection, Stream } from '@libp2p/interface'
import type { HostId } from '#core/model/ids.ts'
import { asError } from './channel.ts'
import { encodeFrame, frameDecoder, fromJsonBytes, toJsonBytes } from './frames.ts'
import { spareWindowUpdates } from './window.ts'

/** Waiting for one peer; beyond either the oldest go: consensus repeats itself. */
const MAX_QUEUED = 1024
const MAX_QUEUED_BYTES = 64 * 1024 * 1024
/** The largest message: a snapshot; one with 200,000 numbers held has 12 MB. */
const MAX_RAFT_BYTES = 64 * 1024 * 1024

/** The message sent last is kept for the next peer unless it is larger than this. */
const MAX_KEPT_BYTES = 1024 * 1024

export interface RaftStreamsDeps {
  readonly protocol: string
  /** An open connection to this host, if there is one. */
  connectionTo(host: HostId): Connection | undefined
  count(code: string): void
}

/** One outgoing stream per peer that stays open; what is sent arrives in order or not at all. A message must not be changed after it was sent. */
export interface RaftStreams {
  send(to: HostId, message: unknown): void
  /** Forgets what waits for a peer that has gone. */
  drop(host: HostId): void
}

interface Lane {
  queue: Uint8Array[]
  queuedBytes: number
  state: 'closed' | 'opening' | Stream
}

/** Nothing waits for a peer that is not connected. */
export function createRaftStreams(deps: RaftStreamsDeps): RaftStreams {
  const lanes = new Map<HostId, Lane>()

  const drop = (host: HostId): void => {
    const lane = lanes.get(host)
    lanes.delete(host)
    if (typeof lane?.state === 'object') lane.state.abort(new Error('the peer has gone'))
  }
  const open = async (host: HostId, lane: Lane, connection: Connection): Promise<void> => {
    lane.state = 'opening'
    const stream = await connection.newStream(deps.protocol, { signal: AbortSignal.timeout(5000) })
    if (lanes.get(host) !== lane) return stream.abort(new Error('the peer has gone'))
    lane.state = stream
    stream.addEventListener('drain', () => queueMicrotask(() => flush(lane)))
    stream.addEventListener('close', () => {
      if (lanes.get(host) === lane) lanes.delete(host)
    })
    flush(lane)
  }

  let last: { readonly message: unknown; readonly frame: Uint8Array } | undefined
  const frameOf = (message: unknown): Uint8Array => {
    if (last !== undefined && last.message === message) return last.frame
    const frame = encodeFrame(toJsonBytes(message))
    last = frame.length > MAX_KEPT_BYTES ? undefined : { message, frame }
    return frame
  }
  return {
    drop,
    send: (to, message) => {
      const connection = deps.connectionTo(to)
      if (connection === undefined) return drop(to)
      const lane = lanes.get(to) ?? { queue: [], queuedBytes: 0, state: 'closed' }
      lanes.set(to, lane)
      const dropped = enqueue(lane, frameOf(message))
      if (dropped) deps.count('RAFT_DROPPED')
      if (lane.state === 'closed')
        open(to, lane, connection).catch(() => {
          deps.count('RAFT_STREAM_FAILED')
          if (lanes.get(to) === lane) lanes.delete(to)
        })
      else flush(lane)
    },
  }
}

/** Reads the messages of one peer; what is malformed ends the stream. */
export function readRaft(stream: Stream, onMessage: (message: unknown) => void, onMalformed: () => void): void {
  spareWindowUpdates(stream)
  const decode = frameDecoder(MAX_RAFT_BYTES)
  stream.addEventListener('message', (event) => {
    try {
      for (const frame of decode(event.data.subarray())) onMessage(fromJsonBytes(frame))
    } catch (error) {
      onMalformed()
      stream.abort(asError(error))
    }
  })
}

function enqueue(lane: Lane, frame: Uint8Array): boolean {
  lane.queue.push(frame)
  lane.queuedBytes += frame.length
  let dropped = false
  while (lane.queue.length > MAX_QUEUED || (lane.queuedBytes > MAX_QUEUED_BYTES && lane.queue.length > 1)) {
    lane.queuedBytes -= lane.queue.shift()?.length ?? 0
    dropped = true
  }
  return dropped
}

function flush(lane: Lane): void {
  if (typeof lane.state === 'string') return
  while (lane.queue.length > 0 && lane.state.status === 'open' && !lane.state.writableNeedsDrain) {
    const frame = lane.queue.shift() ?? new Uint8Array()
    lane.queuedBytes -= frame.length
    lane.state.send(frame)
  }
}
