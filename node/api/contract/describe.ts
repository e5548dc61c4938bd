import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import { createJsonSchemaTransform } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { pageQuery } from '../page-query.ts'
import { answerChecker } from './check-answers.ts'
import { isRaw, type Row } from './row.ts'
import { CONTRACT, type TaggedRow } from './rows/index.ts'
import { errorBody } from './shapes/common.ts'

export interface DescribeOptions {
  readonly version: string
  /** An answer that does not fit what is said of it is an error: for tests. Programs get it as it is, whatever is said. */
  readonly checksAnswers: boolean
}

/** Describes every route that comes after it, for `/openapi.json`. Register it before there are routes. */
export function describeRoutes(app: FastifyInstance, { version, checksAnswers }: DescribeOptions): void {
  app.addHook('onRoute', (route) => {
    const row = CONTRACT.get(nameOf(route))
    route.schema = { ...route.schema, ...(row === undefined ? { hide: true } : schemaOf(row)) }
  })
  // What comes in is decoded by the handlers, with the same schemas: they tell all mistakes at once, in the one error shape.
  app.setValidatorCompiler(() => (value) => ({ value }))
  app.setSerializerCompiler(checksAnswers ? answerChecker : () => (answer) => JSON.stringify(answer))
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Skein', version, description: 'Network labs across hosts. Any host answers for all.' },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'The access token of a login, or an API token.' },
          session: { type: 'apiKey', in: 'cookie', name: 'skein_session' },
        },
      },
      security: [{ bearer: [] }, { session: [] }],
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { unrepresentable: 'any' } }),
  })
}

const nameOf = ({ method, url }: Pick<RouteOptions, 'method' | 'url'>): string =>
  `${Array.isArray(method) ? method.join(',') : method} ${url}`

/** A WebSocket is described as what it is when nobody asks for an upgrade: an error. */
function schemaOf(row: TaggedRow): FastifySchema & object {
  const { summary, tag, params, body } = row
  const querystring = queryOf(row)
  return {
    summary,
    tags: [tag],
    ...(params === undefined ? {} : { params }),
    ...(querystring === undefined ? {} : { querystring }),
    ...(body === undefined ? {} : { body }),
    response: { ...answerOf(row), default: errorBody },
  }
}

const queryOf = ({ query, isPaged }: Row): z.ZodType | undefined => query ?? (isPaged === true ? pageQuery : undefined)

function answerOf({ status, answer, isSocket }: Row): Readonly<Record<string, unknown>> {
  if (isSocket === true) return {}
  if (answer === undefined) return { [status]: z.null().meta({ description: 'Done.' }) }
  if (!isRaw(answer)) return { [status]: answer }
  const { type, what: description } = answer
  return { [status]: { description, content: { [type]: { schema: z.string() } } } }
}
