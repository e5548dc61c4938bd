import { z } from 'zod'

/** Milliseconds, a count, a number of the mesh: never negative, never a fraction. */
export const count = z.int().min(0)
/** Milliseconds since 1970. */
export const atMs = count.meta({ description: 'Milliseconds since 1970.' })
export const ageMs = z.number().min(0).nullable().meta({ description: 'Milliseconds; null where it never was.' })
export const names = z.array(z.string())

/** Every error answer. */
export const errorBody = z
  .strictObject({
    error: z.string().meta({ description: 'A code of node/docs/errors.md.' }),
    message: z.string(),
    hint: z.string().meta({ description: 'What to do next.' }),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ description: 'What went wrong, in one shape for all.' })

/** One mistake in a topology. */
export const topologyProblem = z.strictObject({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  path: z.string(),
  line: z.number(),
  column: z.number(),
  message: z.string(),
})
