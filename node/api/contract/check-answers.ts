import type { FastifySerializerCompiler } from 'fastify/types/schema.js'
import { z } from 'zod'

/** Refuses answers that do not fit what is said of them, each with all that is wrong. */
export const answerChecker: FastifySerializerCompiler<unknown> =
  ({ schema, method, url, httpStatus }) =>
  (answer) => {
    if (!(schema instanceof z.ZodType)) return typeof answer === 'string' ? answer : JSON.stringify(answer)
    const text = JSON.stringify(answer)
    const read = schema.safeParse(JSON.parse(text))
    if (read.success) return text
    throw new Error(
      `${method} ${url} answered ${httpStatus} with what is not described: ${z.prettifyError(read.error)}`,
    )
  }
