import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { AgentPort, HostView } from '#agent/port.ts'
import { MAX_DRAFT_BYTES } from '#core/drafts/draft.ts'
import { LAB_NAME } from '#core/model/ids.ts'
import { compareText } from '#core/record/version.ts'
import { decode } from '../decode.ts'
import { labNodeParams, labParams } from '../schemas.ts'
import { mappingsOf, reconcileLinks } from './interfaces.ts'
import { bringUp, createLab, importTopology, listJobs, listLabs, removeLab, showLab, takeDown } from './labs.ts'

/** Body of POST /labs; further keys are for other programs. */
export const createLabBody = z.object({
  name: z.string().regex(LAB_NAME, `not a lab name; it must match ${LAB_NAME.source}`),
})
/** Body of POST /labs/:lab/import-yaml. */
export const importBody = z.object({ content: z.string().max(MAX_DRAFT_BYTES) })

/** The paths that scripts for lab controllers know: a lab is created, written, brought up and taken down under one id, its name. */
export function classicRoutes(app: FastifyInstance, agent: AgentPort): void {
  const labOf = (params: unknown): string => decode(labParams, params, 'path').lab
  app.get('/agents', () => agent.hosts().filter(isMember).toSorted(byName).map(agentRow))
  app.get('/labs', () => ({ labs: listLabs(agent) }))
  app.post('/labs', async (request, reply) => {
    const { name } = decode(createLabBody, request.body, 'body')
    return reply.code(201).send(await createLab(agent, name))
  })
  app.get('/labs/:lab', (request) => showLab(agent, labOf(request.params)))
  app.delete('/labs/:lab', async (request, reply) => {
    await removeLab(agent, labOf(request.params))
    return reply.code(204).send()
  })
  // As JSON a character may take six bytes.
  app.post('/labs/:lab/import-yaml', { bodyLimit: 7 * MAX_DRAFT_BYTES }, (request) => {
    const lab = labOf(request.params)
    return importTopology(agent, lab, decode(importBody, request.body, 'body').content)
  })
  app.post('/labs/:lab/up', (request) => bringUp(agent, labOf(request.params)))
  app.post('/labs/:lab/down', (request) => takeDown(agent, labOf(request.params)))
  app.get('/labs/:lab/jobs', async (request) => ({ jobs: await listJobs(agent, labOf(request.params)) }))
  app.get('/labs/:lab/interface-mappings', (request) => mappingsOf(agent, labOf(request.params)))
  app.get('/labs/:lab/nodes/:node/interfaces', (request) => {
    const { lab, node } = decode(labNodeParams, request.params, 'path')
    return mappingsOf(agent, lab, node)
  })
  app.post('/labs/:lab/links/reconcile', (request) => reconcileLinks(agent, labOf(request.params)))
}

/** A host, as those scripts list them. */
export interface AgentRow {
  readonly id: string
  readonly name: string
  /** The first address others reach it at; empty where none is known. */
  readonly address: string
  /** A suspect is online until it is called down. */
  readonly status: 'online' | 'offline'
  readonly version: string | null
}

const isMember = ({ state }: HostView): boolean => state !== 'left'
const byName = (a: HostView, b: HostView): number => compareText(a.name, b.name)

const agentRow = ({ id, name, state, addresses, version }: HostView): AgentRow => ({
  id,
  name,
  address: addresses[0] ?? '',
  status: state === 'down' ? 'offline' : 'online',
  version,
})
