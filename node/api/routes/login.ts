import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { sessionCookie } from '../access/actor.ts'
import type { LoginLimiter } from '../access/limiter.ts'
import { loginBody } from '../access/schemas.ts'
import { slowed } from '../access/slowed.ts'
import { decode } from '../decode.ts'

export interface LoginDeps {
  readonly agent: AgentPort
  readonly version: string
  readonly limiter: LoginLimiter
  /** Cookies go by HTTPS alone. */
  readonly isSecure: boolean
  /** Of the certificate browsers see: SHA-256 as they show it; null where there is none. */
  fingerprint(): string | null
}

/** A name and a password are far smaller. */
const MAX_LOGIN_BYTES = 8 * 1024

/** Logging in and out, for everybody. Forms are taken here and nowhere else: other sites may send forms. */
export function loginRoutes(app: FastifyInstance, deps: LoginDeps): void {
  app.get('/v1/first-login', () => {
    const { name: host } = deps.agent.self()
    const needsCode = deps.agent.access.isCodeOpen()
    return { host, version: deps.version, needsCode, fingerprint: deps.fingerprint() }
  })
  void app.register((scope, _options, done) => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, parsed) =>
      parsed(null, Object.fromEntries(new URLSearchParams(body.toString()))),
    )
    scope.post('/auth/login', { bodyLimit: MAX_LOGIN_BYTES }, (request, reply) => login(request, reply, deps))
    scope.post('/auth/logout', { bodyLimit: MAX_LOGIN_BYTES }, async (request, reply) => {
      if (request.credential?.actor.type === 'session') await deps.agent.access.logout(request.secret)
      return reply.header('set-cookie', sessionCookie('', deps.isSecure)).code(204).send()
    })
    done()
  })
}

async function login(request: FastifyRequest, reply: FastifyReply, deps: LoginDeps): Promise<FastifyReply> {
  const ask = decode(loginBody, request.body, 'body')
  const { username: name, password } = ask
  const { access } = deps.agent
  const { actor, expiresAtMs, token } = await slowed({ ...deps, access }, { request, reply, name }, () =>
    'code' in ask ? access.firstLogin({ code: ask.code, name, password }) : access.login({ name, password }),
  )
  request.actor = actor
  return reply.header('set-cookie', sessionCookie(token, deps.isSecure)).send({
    access_token: token,
    token_type: 'bearer',
    user: actor.name,
    role: actor.role,
    expires_at: new Date(expiresAtMs).toISOString(),
  })
}
