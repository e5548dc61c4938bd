import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AccessPort } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import type { LoginLimiter } from './limiter.ts'

const WRONG: ReadonlySet<string> = new Set(['LOGIN_WRONG', 'ATTACHED_KEY_WRONG'])

export interface Guarded {
  readonly limiter: LoginLimiter
  readonly access: Pick<AccessPort, 'refused'>
}

export interface Try {
  readonly request: Pick<FastifyRequest, 'ip'>
  readonly reply: FastifyReply
  /** Whose password it is. */
  readonly name: string
  /** What is tried; passwords unless told. */
  readonly secrets?: 'keys'
}

/**
 * Does what takes a password or a key, unless too many were wrong: TOO_MANY_TRIES, with `Retry-After`. Each try counts as a wrong one until it is known
 * what it was, so that many at once are counted as well; what failed for another reason counts no more then.
 */
export async function slowed<T>(
  { limiter, access }: Guarded,
  { request: { ip }, reply, name, secrets }: Try,
  work: () => Promise<T>,
): Promise<T> {
  const waitMs = limiter.waitMs(ip, name, performance.now())
  if (waitMs > 0) {
    const waitS = Math.ceil(waitMs / 1_000)
    const message = `too many wrong ${secrets ?? 'passwords'} from ${ip}; the next one is heard in ${waitS} s`
    throw saidWhen(reply, new MeshError('TOO_MANY_TRIES', message, { waitS }))
  }
  const tries = limiter.begin(ip, name, performance.now())
  try {
    const done = await work()
    limiter.right(ip, name)
    return done
  } catch (error) {
    if (error instanceof MeshError && WRONG.has(error.code)) access.refused({ name, address: ip, tries })
    else limiter.takeBack(ip, name)
    throw saidWhen(reply, error)
  }
}

function saidWhen(reply: FastifyReply, error: unknown): unknown {
  const waitS = error instanceof MeshError && error.code === 'TOO_MANY_TRIES' ? error.details.waitS : undefined
  if (typeof waitS === 'number') void reply.header('retry-after', String(waitS))
  return error
}
