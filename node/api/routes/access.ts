import type { FastifyInstance } from 'fastify'
import { MeshError } from '#core/model/errors.ts'
import { apiTokenBody, apiTokenParams, passwordBody, userBody, userParams } from '../access/schemas.ts'
import { slowed } from '../access/slowed.ts'
import { decode } from '../decode.ts'
import type { LoginDeps } from './login.ts'

export type AccessRouteDeps = Pick<LoginDeps, 'agent' | 'version' | 'limiter'>

/** Who asks; people; API tokens. */
export function accessRoutes(app: FastifyInstance, { agent, version, limiter }: AccessRouteDeps): void {
  const { access } = agent
  app.get('/v1/me', (request) => {
    const { name: host, meshId: mesh } = agent.self()
    const { type = 'local', name = '', role = 'viewer' } = request.actor ?? {}
    return { type, name, role, host, mesh, version, expiresAtMs: request.credential?.expiresAtMs ?? null }
  })
  app.post('/v1/me/password', async (request, reply) => {
    const ask = decode(passwordBody, request.body, 'body')
    if (request.actor?.type !== 'session')
      throw new MeshError('BAD_INPUT', 'only a person who logged in has a password; set one with `skein user set`')
    const { name } = request.actor
    // Whoever found a browser open must not try out what the password is.
    await slowed({ limiter, access }, { request, reply, name }, () => access.changePassword(name, ask))
    return reply.code(204).send()
  })
  app.get('/v1/users', () => access.users())
  app.put('/v1/users/:name', (request) => {
    const { name } = decode(userParams, request.params, 'path')
    const { role, password } = decode(userBody, request.body, 'body')
    return access.setUser(name, { role, ...(password === undefined ? {} : { password }) })
  })
  app.delete('/v1/users/:name', async (request, reply) => {
    await access.removeUser(decode(userParams, request.params, 'path').name)
    return reply.code(204).send()
  })
  app.get('/v1/api-tokens', () => access.apiTokens())
  app.post('/v1/api-tokens', async (request, reply) => {
    const token = await access.createApiToken(decode(apiTokenBody, request.body, 'body'))
    return reply.code(201).send(token)
  })
  app.delete('/v1/api-tokens/:id', async (request, reply) => {
    await access.revokeApiToken(decode(apiTokenParams, request.params, 'path').id)
    return reply.code(204).send()
  })
}
