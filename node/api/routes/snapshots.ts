import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { AgentPort, SnapshotWish } from '#agent/port.ts'
import { NODE_NAME, SNAPSHOT_NAME } from '#core/model/ids.ts'
import { decode } from '../decode.ts'
import { labParams, MAX_NAMES_BYTES } from '../schemas.ts'

const snapshotName = z.string().regex(SNAPSHOT_NAME, `not a name of a snapshot; it must match ${SNAPSHOT_NAME.source}`)
const nodeName = z.string().regex(NODE_NAME, `not a node name; it must match ${NODE_NAME.source}`)
const nodeNames = z.array(nodeName).min(1).max(10_000)

/** Body of POST /v1/labs/:lab/snapshots. */
export const takeBody = z.strictObject({ name: snapshotName, nodes: nodeNames.optional() })
/** Body of POST /v1/labs/:lab/snapshots/:name/restore. */
export const restoreBody = z.strictObject({ nodes: nodeNames.optional() }).default({})
export const snapshotParams = labParams.extend({ name: snapshotName })
/** Query of DELETE /v1/labs/:lab/snapshots/:name; `nodes`: names with commas between. */
export const removeQuery = z.strictObject({
  nodes: z
    .string()
    .transform((text) => text.split(','))
    .pipe(nodeNames)
    .optional(),
})

/** Snapshots of lab nodes: list, take, put back, remove. */
export function snapshotRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/labs/:lab/snapshots', (request) => agent.snapshots(decode(labParams, request.params, 'path').lab))
  app.post('/v1/labs/:lab/snapshots', { bodyLimit: MAX_NAMES_BYTES }, (request) => {
    const { lab } = decode(labParams, request.params, 'path')
    const { name, nodes } = decode(takeBody, request.body, 'body')
    return agent.takeSnapshot(lab, wish(name, nodes))
  })
  app.post('/v1/labs/:lab/snapshots/:name/restore', { bodyLimit: MAX_NAMES_BYTES }, (request) => {
    const { lab, name } = decode(snapshotParams, request.params, 'path')
    const { nodes } = decode(restoreBody, request.body ?? {}, 'body')
    return agent.restoreSnapshot(lab, wish(name, nodes))
  })
  app.delete('/v1/labs/:lab/snapshots/:name', (request) => {
    const { lab, name } = decode(snapshotParams, request.params, 'path')
    const { nodes } = decode(removeQuery, request.query, 'query')
    return agent.removeSnapshot(lab, wish(name, nodes))
  })
}

const wish = (name: string, nodes: readonly string[] | undefined): SnapshotWish =>
  nodes === undefined ? { name } : { name, nodes }
