import { z } from 'zod'

/** An answer that is no JSON: what it is. */
export interface RawAnswer {
  readonly type: string
  readonly what: string
}

/** What a route takes and gives, for people and for programs that are made from it. Handlers decode with the very same schemas. */
export interface Row {
  readonly summary: string
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  /** Status of an answer that went well. */
  readonly status: 200 | 201 | 202 | 204
  /** Absent for 204. */
  readonly answer?: z.ZodType | RawAnswer
  /** A list that may be long: `limit` and `cursor` are taken, and the rest is named in a header. */
  readonly isPaged?: true
  /** A WebSocket, which OpenAPI cannot describe. */
  readonly isSocket?: true
}

/** By `METHOD /path`, as it is registered. */
export type Rows = Readonly<Record<string, Row>>

export const isRaw = (answer: z.ZodType | RawAnswer): answer is RawAnswer => !(answer instanceof z.ZodType)

export const NDJSON: RawAnswer = { type: 'application/x-ndjson', what: 'JSON, one value a line, as it comes.' }
