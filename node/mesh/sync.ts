import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Connection, Stream } from '@libp2p/interface'
import { MAX_RECORD_BYTES, type SignedRecord } from '#core/model/record.ts'
import { compareDigests, type Digest } from '#core/record/digest.ts'
import { encodeRecord } from '#core/record/encode.ts'
import { asError, type Channel, openChannel } from './channel.ts'
import { FrameError } from './frames.ts'
import { judgeRecord } from './gossip-validator.ts'
import type { MeshOptions } from './mesh.ts'
import { isObject } from './wire-error.ts'

/** Records in one frame, together, unless one alone is larger. */
const RECORDS_PER_FRAME = 4
const RECORD_BYTES_PER_FRAME = 256 * 1024
/** One frame: a part of a digest, or some records, whose quotes may double them. */
const MAX_SYNC_FRAME_BYTES = 2 * (MAX_RECORD_BYTES + RECORD_BYTES_PER_FRAME)
const IDS_PER_FRAME = 1000
/** A peer that lists more has something else in mind. */
const MAX_IDS = 50_000
/** One exchange, from begin to end. */
const SYNC_MS = 30_000

type Deps = Pick<MeshOptions, 'records' | 'onRecord' | 'count'>

/**
 * Tells a peer what is held here, takes what it holds otherwise, and gives what it asks for: afterwards both hold the same, as far as both
 * accept it. Counted, never rejects. What a peer lacks or does not send means nothing.
 */
export async function startSync(connection: Connection, protocol: string, deps: Deps): Promise<void> {
  const signal = AbortSignal.timeout(SYNC_MS)
  try {
    const channel = openChannel(await connection.newStream(protocol, { signal }), MAX_SYNC_FRAME_BYTES)
    await guarded(channel, deps, async () => {
      await writeDigest(channel, deps.records.digest(), signal)
      const wanted = await readRecords(channel, signal, deps)
      await writeRecords(channel, { records: deps.records.get(wanted), wanted: [] }, signal)
      await readEnd(channel, signal)
    })
  } catch {
    deps.count('SYNC_FAILED')
  }
}

/** The other side of `startSync`. */
export async function answerSync(stream: Stream, deps: Deps): Promise<void> {
  const signal = AbortSignal.timeout(SYNC_MS)
  const channel = openChannel(stream, MAX_SYNC_FRAME_BYTES)
  await guarded(channel, deps, async () => {
    const theirs = await readDigest(channel, signal)
    const { send, want } = compareDigests(deps.records.digest(), theirs)
    await writeRecords(channel, { records: deps.records.get(send), wanted: want }, signal)
    await readRecords(channel, signal, deps)
    await channel.write({ end: true }, signal)
  })
}

async function guarded(channel: Channel, deps: Deps, exchange: () => Promise<void>): Promise<void> {
  try {
    await exchange()
    await channel.close()
    deps.count('SYNC_DONE')
  } catch (error) {
    deps.count(error instanceof FrameError ? 'FRAME_MALFORMED' : 'SYNC_FAILED')
    channel.abort(asError(error))
  }
}

async function writeDigest(channel: Channel, digest: Digest, signal: AbortSignal): Promise<void> {
  for (const part of chunks([...digest], IDS_PER_FRAME)) await channel.write({ digest: part }, signal)
  await channel.write({ end: true }, signal)
}

async function readDigest(channel: Channel, signal: AbortSignal): Promise<Digest> {
  const digest = new Map<string, string>()
  for (let frame = await readObject(channel, signal); frame.end !== true; frame = await readObject(channel, signal)) {
    for (const pair of listOf(frame.digest)) {
      if (!Array.isArray(pair) || typeof pair[0] !== 'string' || typeof pair[1] !== 'string')
        throw new FrameError('a digest that is none')
      digest.set(pair[0], pair[1])
    }
    if (digest.size > MAX_IDS) throw new FrameError(`a digest of more than ${MAX_IDS} records`)
  }
  return digest
}

async function writeRecords(
  channel: Channel,
  what: { readonly records: readonly SignedRecord[]; readonly wanted: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  for (const records of inFrames(what.records)) await channel.write({ records }, signal)
  for (const part of chunks(what.wanted, IDS_PER_FRAME)) await channel.write({ wanted: part }, signal)
  await channel.write({ end: true }, signal)
}

/** Feeds what comes, a few records per turn of the event loop; returns what the other side asks for. */
async function readRecords(channel: Channel, signal: AbortSignal, deps: Deps): Promise<string[]> {
  const wanted: string[] = []
  for (let frame = await readObject(channel, signal); frame.end !== true; frame = await readObject(channel, signal)) {
    for (const text of listOf(frame.records)) judgeRecord(new TextEncoder().encode(String(text)), 'sync', deps)
    for (const id of listOf(frame.wanted)) if (typeof id === 'string') wanted.push(id)
    if (wanted.length > MAX_IDS) throw new FrameError(`more than ${MAX_IDS} records are asked for`)
    await nextTurn()
  }
  return wanted
}

async function readEnd(channel: Channel, signal: AbortSignal): Promise<void> {
  if ((await readObject(channel, signal)).end !== true) throw new FrameError('the end of a sync is missing')
}

async function readObject(channel: Channel, signal: AbortSignal): Promise<Record<string, unknown>> {
  const frame = await channel.read(signal)
  if (!isObject(frame)) throw new FrameError('a frame that is no object')
  return frame
}

function listOf(value: unknown): unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new FrameError('a list that is none')
  return value
}

/** Encoded, as many at a time as a frame may hold. */
function* inFrames(records: readonly SignedRecord[]): Generator<readonly string[]> {
  let texts: string[] = []
  let bytes = 0
  for (const record of records) {
    const encoded = encodeRecord(record)
    if (texts.length === RECORDS_PER_FRAME || (texts.length > 0 && bytes + encoded.length > RECORD_BYTES_PER_FRAME)) {
      yield texts
      texts = []
      bytes = 0
    }
    texts.push(new TextDecoder().decode(encoded))
    bytes += encoded.length
  }
  if (texts.length > 0) yield texts
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size)
}
