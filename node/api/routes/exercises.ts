import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { AgentPort, ExerciseAsk, IperfPort } from '#agent/port.ts'
import { toCsv } from '#core/iperf/csv.ts'
import { type ResultRow, toRow } from '#core/iperf/rows.ts'
import { MeshError } from '#core/model/errors.ts'
import { isTerminal } from '#core/model/iperf.ts'
import { decode } from '../decode.ts'
import {
  exerciseBody,
  historyQuery,
  MAX_ASK_BYTES,
  numberParams,
  planBody,
  resultsQuery,
  testBody,
  testParams,
} from '../iperf-schemas.ts'

/** Measuring: what would be measured, what is, and what came of it. */
export function exerciseRoutes(app: FastifyInstance, { iperf }: AgentPort): void {
  const idOf = (params: unknown): number => decode(numberParams, params, 'path').id
  app.post('/v1/exercises/plan', { bodyLimit: MAX_ASK_BYTES }, ({ body }) => {
    const { start: _start, ...ask } = decode(planBody, body, 'body')
    return iperf.plan(shaped(ask))
  })
  app.post('/v1/exercises', { bodyLimit: MAX_ASK_BYTES }, async ({ body }, reply) => {
    const { start, ...ask } = decode(exerciseBody, body, 'body')
    return reply.code(201).send(await iperf.create({ ...shaped(ask), start }))
  })
  app.get('/v1/exercises', () => iperf.list())
  app.get('/v1/exercises/:id', ({ params }) => iperf.exercise(idOf(params)))
  app.get('/v1/exercises/:id/live', ({ params }) => iperf.live(idOf(params)))
  app.delete('/v1/exercises/:id', async ({ params }, reply) => {
    await iperf.remove(idOf(params))
    return reply.code(204).send()
  })
  app.post('/v1/exercises/:id/tests', async ({ params, body }, reply) => {
    const id = idOf(params)
    return reply.code(201).send(await iperf.addTest(id, testOf(iperf, body)))
  })
  app.post('/v1/exercises/:id/start', ({ params }) => iperf.start(idOf(params)))
  app.post('/v1/exercises/:id/stop', ({ params }) => iperf.stop(idOf(params)))
  app.get('/v1/exercises/:id/matrix', ({ params }) => iperf.matrix(idOf(params)))
  app.get('/v1/exercises/:id/tests/:test/raw', ({ params }) => {
    const { id, test } = decode(testParams, params, 'path')
    return raw(iperf, id, test)
  })
  resultRoutes(app, iperf)
}

function resultRoutes(app: FastifyInstance, iperf: IperfPort): void {
  app.get('/v1/exercises/:id/results', ({ params, query }, reply) => {
    const { id } = decode(numberParams, params, 'path')
    const { format } = decode(resultsQuery, query, 'query')
    const rows = iperf.exercise(id).all.map((test) => toRow(test, iso))
    return format === 'csv' ? csv(reply, rows, `exercise-${id}.csv`) : rows
  })
  app.get('/v1/iperf/results', ({ query }) => history(iperf, decode(historyQuery, query, 'query')))
  app.get('/v1/iperf/matrix', () => iperf.matrix())
}

/** Pairs unless ends are named: an exercise without either is an empty one. */
const shaped = <A extends Partial<ExerciseAsk>>(ask: A): A & Pick<ExerciseAsk, 'shape'> => ({
  ...ask,
  shape: ask.shape ?? ((ask.ends ?? []).length > 0 ? 'mesh' : 'pairs'),
})

function testOf({ attached }: IperfPort, body: unknown): Parameters<IperfPort['addTest']>[1] {
  const { source, destination, params, ...ids } = decode(testBody, body, 'body')
  const nameOf = (end: string | number | undefined): string =>
    typeof end === 'string' ? end : attached.get(end ?? 0).name
  return {
    source: nameOf(source ?? ids.source_agent_id),
    destination: nameOf(destination ?? ids.destination_agent_id),
    ...(params === undefined ? {} : { params }),
  }
}

const iso = (atMs: number): string => new Date(atMs).toISOString()

const csv = (reply: FastifyReply, rows: readonly ResultRow[], fileName: string): FastifyReply =>
  reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${fileName}"`)
    .send(toCsv(rows))

async function raw(iperf: IperfPort, id: number, test: number): Promise<readonly unknown[]> {
  if (!iperf.exercise(id).all.some((one) => one.id === test))
    throw new MeshError('NOT_FOUND', `exercise ${id} has no test ${test}`)
  return iperf.raw(test)
}

interface Asked {
  readonly source?: string | undefined
  readonly destination?: string | undefined
  readonly limit: number
}

/** What tests of a pair came to, over all exercises, the newest first. Others get their turn between two exercises. */
async function history(iperf: IperfPort, { source, destination, limit }: Asked): Promise<readonly ResultRow[]> {
  const rows: ResultRow[] = []
  for (const { id } of iperf.list()) {
    const found = iperf
      .exercise(id)
      .all.filter((test) => isTerminal(test.state))
      .filter((test) => (source ?? test.source) === test.source)
      .filter((test) => (destination ?? test.destination) === test.destination)
    rows.push(...found.map((test) => toRow(test, iso)))
    if (rows.length >= limit) break
    await setImmediate()
  }
  return rows.slice(0, limit)
}
