import type { z } from 'zod'
import { MeshError } from '#core/model/errors.ts'

const MAX_LISTED = 50

/**
 * `value` as the schema describes it.
 * BAD_INPUT lists each mistake in `details.problems` as `{path, message}`; `what` names the value, for example `body`.
 */
export function decode<S extends z.ZodType>(schema: S, value: unknown, what: string): z.infer<S> {
  const result = schema.safeParse(value ?? {})
  if (result.success) return result.data
  const problems = result.error.issues
    .slice(0, MAX_LISTED)
    .map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }))
  const [first] = problems
  const place = first === undefined || first.path === '' ? what : `${what}: ${first.path}`
  const more = result.error.issues.length > 1 ? ` (and ${result.error.issues.length - 1} more)` : ''
  throw new MeshError('BAD_INPUT', `bad ${place}: ${first?.message ?? 'not understood'}${more}`, { problems })
}
