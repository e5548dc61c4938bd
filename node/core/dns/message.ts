/** Numbers of RFC 1035 §3.2.2 and, of AAAA, RFC 3596 §2.1. */
export const TYPE = { A: 1, NS: 2, SOA: 6, PTR: 12, AAAA: 28, OPT: 41, ANY: 255 } as const

/** Response codes, RFC 1035 §4.1.1. */
export const CODE = { ok: 0, malformed: 1, failed: 2, unknown: 3, notImplemented: 4, refused: 5 } as const

/** What is asked. Names are lower case, without the dot at the end; empty for the root. */
export interface Question {
  readonly name: string
  readonly type: number
}

export interface Query {
  readonly id: number
  readonly question: Question
  /** To be copied into the answer. */
  readonly wantsRecursion: boolean
  /** The largest answer that fits into one datagram. */
  readonly udpBytes: number
}

/** An address, or for PTR a name. */
export interface Answer {
  readonly type: number
  readonly data: Uint8Array
}

/** Why there is no query in a message: `silent` where not even an answer makes sense. */
export type NoQuery =
  | { readonly type: 'silent' }
  | { readonly type: 'error'; readonly id: number; readonly code: number }

const HEADER_BYTES = 12
/** RFC 1035 §2.3.4. */
const [MAX_LABEL, MAX_NAME] = [63, 255]
/** Without EDNS, RFC 1035 §2.3.4; what is usual with it, RFC 6891 §6.2.5. */
const [PLAIN_BYTES, MOST_BYTES] = [512, 1232]
/** No query is longer. */
const MAX_QUERY_BYTES = 1024

const IS_ANSWER = 0x80_00
const OPERATION = 0x78_00
const RECURSION = 0x01_00
const CUT = 0x02_00
const AUTHORITY = 0x04_00
const RECURSION_THERE = 0x00_80

/** A query with one question of class IN; what is behind the question is only looked at for EDNS. Never throws, whatever the bytes. */
export function decodeQuery(bytes: Uint8Array): Query | NoQuery {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < HEADER_BYTES || bytes.length > MAX_QUERY_BYTES) return { type: 'silent' }
  const [id, flags] = [view.getUint16(0), view.getUint16(2)]
  if ((flags & IS_ANSWER) !== 0) return { type: 'silent' }
  if ((flags & OPERATION) !== 0) return { type: 'error', id, code: CODE.notImplemented }
  const name = view.getUint16(4) === 1 ? readName(bytes, HEADER_BYTES) : undefined
  if (name === undefined || name.end + 4 > bytes.length) return { type: 'error', id, code: CODE.malformed }
  if (view.getUint16(name.end + 2) !== CLASS_IN) return { type: 'error', id, code: CODE.refused }
  return {
    id,
    question: { name: name.text, type: view.getUint16(name.end) },
    wantsRecursion: (flags & RECURSION) !== 0,
    udpBytes: udpBytes(view, name.end + 4),
  }
}

const CLASS_IN = 1

/** The OPT record of EDNS is the first thing behind the question in all queries that have one: root name, type, size. */
function udpBytes(view: DataView, at: number): number {
  const hasOne = view.getUint16(10) > 0 && at + 5 <= view.byteLength && view.getUint8(at) === 0
  if (!hasOne || view.getUint16(at + 1) !== TYPE.OPT) return PLAIN_BYTES
  return Math.min(MOST_BYTES, Math.max(PLAIN_BYTES, view.getUint16(at + 3)))
}

/** A name in full; one that points elsewhere has no place in a question. */
function readName(bytes: Uint8Array, from: number): { readonly text: string; readonly end: number } | undefined {
  const labels: string[] = []
  let at = from
  for (;;) {
    const length = bytes[at]
    if (length === undefined || length > MAX_LABEL) return undefined
    at += 1
    if (length === 0) return { text: labels.join('.'), end: at }
    if (at + length > bytes.length || at + length - from >= MAX_NAME) return undefined
    const label = String.fromCharCode(...bytes.subarray(at, at + length)).toLowerCase()
    // A dot inside of a label would make two names look the same.
    if (label.includes('.')) return undefined
    labels.push(label)
    at += length
  }
}

export interface Reply {
  readonly code: number
  readonly answers: readonly Answer[]
  /** Seconds an answer may be kept. */
  readonly ttlS: number
}

/** The answer to a query. Answers that do not fit into `maxBytes` are left out, and the asker is told to come by TCP. */
export function encodeReply(query: Query, reply: Reply, maxBytes: number): Uint8Array {
  const question = encodeQuestion(query.question)
  const records = reply.answers.map(({ type, data }) => record(type, data, reply.ttlS))
  const size = (count: number): number =>
    records.slice(0, count).reduce((sum, { length }) => sum + length, HEADER_BYTES + question.length)
  const fitting = records.findIndex((_, index) => size(index + 1) > maxBytes)
  const kept = fitting < 0 ? records : records.slice(0, fitting)
  const flags =
    IS_ANSWER |
    AUTHORITY |
    RECURSION_THERE |
    (query.wantsRecursion ? RECURSION : 0) |
    (kept.length < records.length ? CUT : 0) |
    reply.code
  return joined([header({ id: query.id, flags, questions: 1, answers: kept.length }), question, ...kept])
}

/** An answer without a question, for what could not be read. */
export const encodeError = (id: number, code: number): Uint8Array =>
  header({ id, flags: IS_ANSWER | code, questions: 0, answers: 0 })

/** The header of RFC 1035 §4.1.1. */
function header(parts: { id: number; flags: number; questions: number; answers: number }): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES))
  view.setUint16(0, parts.id)
  view.setUint16(2, parts.flags)
  view.setUint16(4, parts.questions)
  view.setUint16(6, parts.answers)
  return new Uint8Array(view.buffer)
}

function encodeQuestion({ name, type }: Question): Uint8Array {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint16(0, type)
  view.setUint16(2, CLASS_IN)
  return joined([encodeName(name), new Uint8Array(view.buffer)])
}

/** A name of labels of at most 63 characters, each one byte. */
export function encodeName(name: string): Uint8Array {
  const labels = name === '' ? [] : name.split('.')
  const parts = labels.map((label) =>
    Uint8Array.from([label.length, ...[...label].map((char) => char.charCodeAt(0) & 255)]),
  )
  return joined([...parts, Uint8Array.of(0)])
}

/** A record about the name in the question, to which it points: RFC 1035 §4.1.4. */
function record(type: number, data: Uint8Array, ttlS: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(12))
  view.setUint16(0, 0xc0_00 | HEADER_BYTES)
  view.setUint16(2, type)
  view.setUint16(4, CLASS_IN)
  view.setUint32(6, ttlS)
  view.setUint16(10, data.length)
  return joined([new Uint8Array(view.buffer), data])
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
