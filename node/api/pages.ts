import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { MeshError } from '#core/model/errors.ts'
import { CONTRACT } from './contract/rows/index.ts'
import { decode } from './decode.ts'
import { MAX_PAGE, pageQuery } from './page-query.ts'

/** Answers parts of long lists to those who ask for parts. A list stays a list: where there is more, headers say so. */
export function addPages(app: FastifyInstance): void {
  app.addHook('preSerialization', async (request, reply, list: unknown) => {
    const { method, routeOptions } = request
    const isPaged = CONTRACT.get(`${method} ${routeOptions.url}`)?.isPaged === true
    return isPaged && Array.isArray(list) && reply.statusCode === 200 ? pageOf(list, request, reply) : list
  })
}

function pageOf(list: readonly unknown[], request: FastifyRequest, reply: FastifyReply): readonly unknown[] {
  const { limit, cursor } = decode(pageQuery, request.query, 'query')
  if (limit === undefined && cursor === undefined) return list
  const from = cursor === undefined ? 0 : placeOf(list, cursor)
  const page = list.slice(from, from + (limit ?? MAX_PAGE))
  const end = from + page.length
  if (end < list.length) {
    const next = encode({ index: end, last: markOf(page.at(-1)) })
    const [path] = request.url.split('?')
    void reply.header('x-next-cursor', next)
    void reply.header('link', `<${path}?limit=${limit ?? MAX_PAGE}&cursor=${next}>; rel="next"`)
  }
  return page
}

/** Where a list goes on: after the row that was last, wherever it is now; where it was, if it is gone. */
function placeOf(list: readonly unknown[], cursor: string): number {
  const read = cursorSchema.safeParse(parsed(cursor))
  if (!read.success) throw new MeshError('BAD_INPUT', 'this cursor is none; send the one of X-Next-Cursor')
  const { index, last } = read.data
  const at = list.findIndex((row) => markOf(row) === last)
  return at === -1 ? Math.min(index, list.length) : at + 1
}

const cursorSchema = z.strictObject({ index: z.int().min(0), last: z.string() })

const encode = (cursor: z.infer<typeof cursorSchema>): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url')

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}

/** What tells a row from others, however its state changes. */
const NAMING = ['id', 'name', 'pool', 'value', 'host', 'lab', 'image', 'node', 'interface', 'link', 'revision', 'save']

function markOf(row: unknown): string {
  const fields = typeof row === 'object' && row !== null ? (row as Readonly<Record<string, unknown>>) : {}
  const named = NAMING.map((key) => fields[key] ?? null)
  return createHash('sha256').update(JSON.stringify(named)).digest('base64url').slice(0, 16)
}
