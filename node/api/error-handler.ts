import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ERRORS, MeshError } from '#core/model/errors.ts'

/** The one shape of every error the API answers. `error` is a code of the catalogue. */
interface ErrorBody {
  readonly error: string
  readonly message: string
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>
}

interface Answer {
  readonly status: number
  readonly body: ErrorBody
  /** True where a person must look at it: it is logged with its stack. */
  readonly unexpected: boolean
}

const hasHttpStatus = (error: unknown): error is FastifyError =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'

/** What an error is answered with; nothing of an unexpected one leaves but the code INTERNAL. */
export function toAnswer(error: unknown): Answer {
  if (error instanceof MeshError) {
    const { code, message, hint, details } = error
    return {
      status: ERRORS[code].status,
      body: { error: code, message, hint, details },
      unexpected: code === 'INTERNAL',
    }
  }
  if (hasHttpStatus(error) && error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    const body = {
      error: 'BAD_INPUT',
      message: error.message,
      hint: ERRORS.BAD_INPUT.hint,
      details: { reason: error.code },
    }
    return { status: error.statusCode, body, unexpected: false }
  }
  const body = {
    error: 'INTERNAL',
    message: 'something unexpected happened in the agent',
    hint: ERRORS.INTERNAL.hint,
    details: {},
  }
  return { status: ERRORS.INTERNAL.status, body, unexpected: true }
}

/** For Fastify's `frameworkErrors`: a URL that cannot be read, before there is a route. */
export const answerBadUrl = (error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void => {
  const { status, body } = toAnswer(error)
  void reply.code(status).send(body)
}

/** Gives `app` the one error shape, for failures of handlers, of Fastify itself, and for unknown routes. */
export function handleErrors(app: FastifyInstance, version: string): void {
  app.setErrorHandler((error, request, reply) => {
    const answer = toAnswer(error)
    if (answer.unexpected) request.log.error({ err: error, code: answer.body.error }, 'request failed')
    return reply.code(answer.status).send(answer.body)
  })
  app.setNotFoundHandler(noRoute(version))
}

/** Answers what is asked where nothing is registered. */
export const noRoute =
  (version: string) =>
  ({ method, url }: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply.code(404).send({
      error: 'NOT_FOUND',
      message: `no route ${method} ${url}`,
      hint: `Check the path; this agent has version ${version}.`,
      details: {},
    } satisfies ErrorBody)
