import type { FastifyInstance } from 'fastify'
import { MeshError } from '#core/model/errors.ts'
import { notePrint } from './idempotency.ts'

/** Of a request, unless its route says more: nobody needs more for names and numbers. */
export const MAX_SMALL_BYTES = 64 * 1024
/** Lists, objects and commas of one body, and how deep they may be in each other: what brings a thousand files along has some thousands. */
export const MAX_PARTS = 100_000
export const MAX_DEPTH = 100

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What bodies of a route may have in place of {@link MAX_PARTS}. */
    readonly maxParts?: number
  }
}

/** Reads bodies of JSON. An empty one counts as none, as clients send it with DELETE; BAD_INPUT for what would take seconds to take apart. */
export function readJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString()
    const { maxParts = MAX_PARTS } = request.routeOptions.config
    if (text === '') done(null, undefined)
    else if (isIntricate(text, maxParts))
      done(new MeshError('BAD_INPUT', `the body has more than ${maxParts} parts, or is deeper than ${MAX_DEPTH}`))
    else {
      notePrint(request, text)
      void parse(request, text, done)
    }
  })
}

const [QUOTE, BACKSLASH, COMMA] = ['"', '\\', ','].map((char) => char.charCodeAt(0))
const OPENS = new Set(['[', '{'].map((char) => char.charCodeAt(0)))
const CLOSES = new Set([']', '}'].map((char) => char.charCodeAt(0)))

/** Whether a text of JSON has too many parts, or too deep ones; long strings cost next to nothing. */
export function isIntricate(text: string, maxParts = MAX_PARTS): boolean {
  let depth = 0
  let parts = 0
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) at = endOfString(text, at)
    else if (OPENS.has(char)) {
      depth += 1
      parts += 1
    } else if (CLOSES.has(char)) depth -= 1
    else if (char === COMMA) parts += 1
    if (depth > MAX_DEPTH || parts > maxParts) return true
  }
  return false
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1))
    if (!isEscaped(text, at)) return at
  return text.length
}

function isEscaped(text: string, quote: number): boolean {
  let at = quote
  while (text.charCodeAt(at - 1) === BACKSLASH) at -= 1
  return (quote - at) % 2 === 1
}
