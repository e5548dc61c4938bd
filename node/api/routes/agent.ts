import { isIP } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AgentPort, AttachedProof } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import { LoginLimiter } from '../access/limiter.ts'
import { proofOf } from '../access/machine.ts'
import { slowed } from '../access/slowed.ts'
import { decode } from '../decode.ts'
import { MAX_OUTPUT_BYTES, MAX_OUTPUT_PARTS, numberParams, outcomeBody, registerBody } from '../iperf-schemas.ts'

/** A machine says little. */
const MAX_SAID_BYTES = 8 * 1024
/** Results of one machine on their way to this host at once. */
const MAX_RESULTS = 4

/** Wrong keys are slowed as wrong passwords are, yet counted for themselves: many machines may be behind one address, and ask at once. */
const TRIES = { free: 20, ofAddress: 300 } as const

type Asked = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** What attached machines ask: they show a name and a key, and are nobody's login. */
export function machineRoutes(app: FastifyInstance, agent: AgentPort): void {
  const { attached } = agent.iperf
  const limiter = new LoginLimiter(TRIES)
  const refused = ({ name, address, tries }: { name: string; address: string; tries: number }): void => {
    if (Number.isInteger(Math.log2(tries))) app.log.warn({ machine: name, address, tries }, 'wrong key')
  }
  const proven =
    (work: (proof: AttachedProof, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>): Asked =>
    (request, reply) => {
      const proof = proofOf(request.headers)
      const asked = { request: { ip: request.ip ?? '' }, reply, name: proof.name, secrets: 'keys' as const }
      return slowed({ limiter, access: { refused } }, asked, () => work(proof, request, reply))
    }
  const taskOf = ({ params }: FastifyRequest): number => decode(numberParams, params, 'path').id
  const small = { bodyLimit: MAX_SAID_BYTES }
  app.post(
    '/v1/agent/register',
    small,
    proven(async (proof, request) =>
      attached.register(proof, { ...cameFrom(request), ...decode(registerBody, request.body, 'body') }),
    ),
  )
  app.post(
    '/v1/agent/heartbeat',
    small,
    proven((proof) => attached.heartbeat(proof)),
  )
  app.post(
    '/v1/agent/tasks/claim',
    small,
    proven(async (proof, _request, reply) => (await attached.claim(proof)) ?? reply.code(204).send()),
  )
  app.post(
    '/v1/agent/tasks/:id/started',
    small,
    proven(async (proof, request) => attached.started(proof, taskOf(request))),
  )
  const results = new Results()
  app.post(
    '/v1/agent/tasks/:id/result',
    {
      bodyLimit: MAX_OUTPUT_BYTES,
      config: { maxParts: MAX_OUTPUT_PARTS },
      // So much is read of nobody who was not asked for the key before.
      onRequest: [
        proven((proof) => attached.heartbeat(proof)),
        async (request, reply) => results.begin(request, reply),
      ],
    },
    proven(async (proof, request) =>
      attached.result(proof, taskOf(request), decode(outcomeBody, request.body, 'body')),
    ),
  )
}

/** Where a machine that does not say otherwise is reached; nothing for one on this host. */
function cameFrom({ ip }: FastifyRequest): { readonly address?: string } {
  const address = (ip ?? '').replace(/^::ffff:(?=\d+\.)/, '')
  const isElsewhere = isIP(address) !== 0 && !address.includes('%') && address !== '::1' && !address.startsWith('127.')
  return isElsewhere ? { address } : {}
}

/** Keeps what one machine sends from filling the memory of the host. */
class Results {
  readonly #open = new Map<string, number>()

  /** From now until it is answered. BUSY where there are too many. */
  begin({ headers }: FastifyRequest, reply: FastifyReply): void {
    const { name } = proofOf(headers)
    const open = this.#open.get(name) ?? 0
    if (open >= MAX_RESULTS) throw new MeshError('BUSY', `${name} sends ${open} results at once`)
    this.#open.set(name, open + 1)
    reply.raw.once('close', () => {
      const left = (this.#open.get(name) ?? 1) - 1
      if (left > 0) this.#open.set(name, left)
      else this.#open.delete(name)
    })
  }
}
