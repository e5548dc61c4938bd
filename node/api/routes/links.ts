import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { AgentPort, ImpairLink } from '#agent/port.ts'
import { MAX_DELAY_MS } from '#core/impairment/units.ts'
import { decode } from '../decode.ts'
import { labNodeParams } from '../schemas.ts'

/** One end of a link; the interface as Linux or as the lab's file names it. */
export const interfaceParams = labNodeParams.extend({
  interface: z.string().regex(/^[\w./:-]{1,64}$/, 'not the name of an interface'),
})

const delay = z.number().positive().max(MAX_DELAY_MS).nullable().optional()
const percent = z.number().positive().max(100).nullable().optional()
const turn = z.int().min(1_000).max(86_400_000)

/** Body of POST …/interfaces/:interface/impairment; null takes a value away, what is absent stays. */
export const impairBody = z
  .strictObject({
    delayMs: delay,
    jitterMs: delay,
    lossPercent: percent,
    corruptPercent: percent,
    rateBps: z.int().min(1_000).max(1_000_000_000_000).nullable().optional(),
    flap: z.strictObject({ downMs: turn, upMs: turn }).nullable().optional(),
    down: z.literal(true).optional(),
    up: z.literal(true).optional(),
    clear: z.literal(true).optional(),
    oneEnd: z.literal(true).optional(),
  })
  .refine(({ down, up }) => down === undefined || up === undefined, {
    path: ['up'],
    message: 'a link cannot be asked to be up and down at once',
    when: () => true,
  })
  .refine(({ oneEnd: _oneEnd, ...rest }) => Object.keys(rest).length > 0, {
    message: 'nothing is asked for; name a delay, a rate, down, up or clear',
    when: () => true,
  })

/** What is done with the frames of links, on purpose. */
export function linkRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.post('/v1/labs/:lab/nodes/:node/interfaces/:interface/impairment', async (request, reply) => {
    const { lab, node, interface: name } = decode(interfaceParams, request.params, 'path')
    const ask = decode(impairBody, request.body, 'body')
    const told = Object.fromEntries(Object.entries(ask).filter(([, value]) => value !== undefined)) as ImpairLink
    return reply.code(202).send(await agent.impairLink(lab, { node, interface: name }, told))
  })
}
