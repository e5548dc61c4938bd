import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Connection, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { decodeRecord } from '#core/record/decode.ts'
import { createKeys, keysFromPem, libp2pKey } from '#identity/keys.ts'
import { openChannel } from '#mesh/channel.ts'
import { encodeFrame, toJsonBytes } from '#mesh/frames.ts'
import { createTransport, type Transport } from '#mesh/libp2p.ts'
import { answerProbes } from '#mesh/prober.ts'
import { protocolsOf } from '#mesh/protocols.ts'

/**
 * A host that does not play by the rules, run inside a simulated host: libp2p without gater and guard. Takes an `IntruderTask` as JSON on
 * standard input and prints an `IntruderReport`.
 */
export interface IntruderTask {
  /**
   * `knock`: try every protocol, listen until the other side hangs up. `listen`: listen and sync until enough was heard. `tell`: send
   * payloads by gossip and by sync.
   */
  readonly type: 'knock' | 'listen' | 'tell'
  /** Multiaddress with peer id. */
  readonly target: string
  readonly protocol: number
  readonly meshId: string
  /** PEM; a new key where it is absent. */
  readonly key?: string
  /** Whose heartbeats `listen` waits for: two of them. */
  readonly author?: string
  /** base64 of records, or of what should look like some. */
  readonly payloads?: readonly string[]
}

export interface IntruderReport {
  readonly id: string
  /** What came of each stream: data, an end without data, or nothing at all for some seconds. */
  readonly streams: Readonly<Record<string, 'answered' | 'refused' | 'silent'>>
  /** base64 of what came by gossip and by sync. */
  readonly gossip: readonly string[]
  readonly synced: readonly string[]
  /** Whether the target told this one that it takes part in the mesh's gossip. */
  readonly subscribers: number
}

/** A term no election comes to by itself. */
const HUGE = 1_000_000
const ANSWER_MS = 5_000
const HANG_UP_MS = 30_000
const HEAR_MS = 30_000
const MESHSUB = ['/meshsub/1.0.0', '/meshsub/1.1.0', '/meshsub/1.2.0']

const main = async (task: IntruderTask): Promise<IntruderReport> => {
  const keys = task.key === undefined ? createKeys() : keysFromPem(task.key)
  const { records: topic } = protocolsOf(task.protocol, task.meshId)
  const transport = await createTransport({
    privateKey: libp2pKey(keys),
    listen: [],
    gater: { denyDialMultiaddr: () => false },
    guard: () => undefined,
    topic,
    seenMs: 1000,
  })
  await transport.handle(protocolsOf(task.protocol, task.meshId).probe, (stream) =>
    answerProbes(stream, { onProbe: () => undefined, onMalformed: () => undefined }),
  )
  await transport.start()
  const gossip: string[] = []
  const { pubsub } = transport.services
  pubsub.addEventListener('message', ({ detail }) => gossip.push(Buffer.from(detail.data).toString('base64')))
  pubsub.subscribe(topic)
  const report = { id: keys.id, streams: {}, gossip, synced: [], subscribers: 0 }
  try {
    const connection = await dial(transport, task.target)
    const done = await TASKS[task.type]({ task, transport, connection, topic, gossip })
    return { ...report, ...done, subscribers: pubsub.getSubscribers(topic).length || (done.subscribers ?? 0) }
  } finally {
    await transport.stop()
  }
}

interface Visit {
  readonly task: IntruderTask
  readonly transport: Transport
  readonly connection: Connection
  readonly topic: string
  readonly gossip: readonly string[]
}

/** One stranger per address is let in at a time; the one before may still be leaving. */
const dial = async (transport: Transport, target: string): Promise<Connection> => {
  const endMs = performance.now() + HANG_UP_MS
  for (;;) {
    try {
      return await transport.dial(multiaddr(target))
    } catch (error) {
      if (performance.now() > endMs) throw error
      await pause(250)
    }
  }
}

/** What opens the conversation of each protocol; raft expects no answer, so its silence means that it was taken. */
const openings = ({ task, topic }: Visit): Readonly<Record<string, readonly Uint8Array[]>> => {
  const { probe, raft, request, sync, join } = protocolsOf(task.protocol, task.meshId)
  const frames = (...values: readonly unknown[]): Uint8Array[] => values.map((value) => encodeFrame(toJsonBytes(value)))
  const gossip = rpc(topic, payloadsOf(task))
  return {
    [sync]: frames(
      { digest: [] },
      { end: true },
      { records: payloadsOf(task).map((bytes) => bytes.toString()) },
      { end: true },
    ),
    [request]: frames({ name: 'allocations', body: null }),
    [probe]: [encodeFrame(Buffer.alloc(4))],
    [raft]: frames({ type: 'vote', term: HUGE, lastIndex: HUGE, lastTerm: HUGE, transfer: true }),
    ...Object.fromEntries(MESHSUB.map((name) => [name, [gossip]])),
    '/ipfs/ping/1.0.0': [Buffer.alloc(32, 7)],
    '/ipfs/id/1.0.0': [],
    [join]: [],
  }
}

const knock = async (visit: Visit): Promise<Partial<IntruderReport>> => {
  const hungUp = new Promise<void>((resolve) => visit.connection.addEventListener('close', () => resolve()))
  const streams: Record<string, 'answered' | 'refused' | 'silent'> = {}
  let subscribers = 0
  for (const [protocol, opening] of Object.entries(openings(visit))) {
    streams[
      protocol
        .split('/')
        .slice(protocol.startsWith('/skein') ? 4 : 1)
        .join('/')
    ] = await tryStream(visit.connection, protocol, opening)
    subscribers = Math.max(subscribers, visit.transport.services.pubsub.getSubscribers(visit.topic).length)
  }
  await Promise.race([
    hungUp,
    pause(HANG_UP_MS, undefined, { ref: false }).then(() =>
      Promise.reject(new Error('the other side does not hang up')),
    ),
  ])
  return { streams, subscribers }
}

const tryStream = async (
  connection: Connection,
  protocol: string,
  opening: readonly Uint8Array[],
): Promise<'answered' | 'refused' | 'silent'> => {
  try {
    const stream = await connection.newStream(protocol, { signal: AbortSignal.timeout(ANSWER_MS) })
    const end = firstWord(stream)
    for (const bytes of opening) stream.send(bytes)
    const word = await end
    stream.abort(new Error('heard enough'))
    return word
  } catch {
    return 'refused'
  }
}

const firstWord = (stream: Stream): Promise<'answered' | 'refused' | 'silent'> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve('silent'), ANSWER_MS)
    const settle = (word: 'answered' | 'refused'): void => {
      clearTimeout(timer)
      resolve(word)
    }
    stream.addEventListener('message', () => settle('answered'))
    stream.addEventListener('close', () => settle('refused'))
    if (stream.status !== 'open') settle(stream.readBufferLength > 0 ? 'answered' : 'refused')
  })

const listen = async (visit: Visit): Promise<Partial<IntruderReport>> => {
  const { author } = visit.task
  const endMs = performance.now() + HEAR_MS
  const beats = (): number => visit.gossip.filter((text) => isBeatOf(Buffer.from(text, 'base64'), author)).length
  while (beats() < 2 && performance.now() < endMs) await pause(50)
  return { synced: await exchange(visit, []) }
}

const isBeatOf = (bytes: Uint8Array, author: string | undefined): boolean => {
  const decoded = decodeRecord(bytes)
  return decoded.type === 'record' && decoded.record.kind === 'heartbeat' && decoded.record.author === author
}

const tell = async (visit: Visit): Promise<Partial<IntruderReport>> => {
  const { transport, topic, task, connection } = visit
  const { pubsub } = transport.services
  const endMs = performance.now() + HEAR_MS
  while (pubsub.getSubscribers(topic).length === 0 && performance.now() < endMs) await pause(50)
  for (const bytes of payloadsOf(task)) await pubsub.publish(topic, bytes)
  const synced = await exchange(visit, payloadsOf(task))
  // An answer to what was asked last says that all before it has arrived.
  await transport.services.ping.ping(connection.remotePeer)
  return { synced }
}

const TASKS = { knock, listen, tell } as const satisfies Record<IntruderTask['type'], unknown>

/** One sync as a member begins it: says that nothing is held, takes all, gives these, wanted or not. */
const exchange = async ({ connection, task }: Visit, payloads: readonly Buffer[]): Promise<string[]> => {
  const signal = AbortSignal.timeout(HEAR_MS)
  const { sync } = protocolsOf(task.protocol, task.meshId)
  const channel = openChannel(await connection.newStream(sync, { signal }), 1024 * 1024)
  for (const word of [{ digest: [] }, { end: true }]) await channel.write(word, signal)
  const heard: string[] = []
  for (;;) {
    const frame = (await channel.read(signal)) as { readonly records?: readonly string[]; readonly end?: boolean }
    if (frame.end === true) break
    heard.push(...(frame.records ?? []).map((text) => Buffer.from(text).toString('base64')))
  }
  for (const bytes of payloads) await channel.write({ records: [bytes.toString()] }, signal)
  await channel.write({ end: true }, signal)
  await channel.read(signal)
  return heard
}

const payloadsOf = (task: IntruderTask): readonly Buffer[] =>
  (task.payloads ?? []).map((text) => Buffer.from(text, 'base64'))

/** A gossipsub RPC with a subscription and messages, length-prefixed: https://github.com/libp2p/specs/blob/master/pubsub/README.md#the-rpc */
const rpc = (topic: string, messages: readonly Buffer[]): Buffer => {
  const name = Buffer.from(topic)
  const parts = [
    field(1, Buffer.concat([Buffer.from([0x08, 1]), field(2, name)])),
    ...messages.map((data) => field(2, Buffer.concat([field(2, data), field(4, name)]))),
  ]
  const body = Buffer.concat(parts)
  return Buffer.concat([varint(body.length), body])
}

const field = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes])

const varint = (value: number): Buffer => {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest])
    bytes.push((rest & 0x7f) | 0x80)
  }
}

process.stdout.write(JSON.stringify(await main(JSON.parse(readFileSync(0, 'utf8')) as IntruderTask)))
