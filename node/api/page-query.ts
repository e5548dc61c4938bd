import { z } from 'zod'

/** Rows of one answer. */
export const MAX_PAGE = 1_000

/** Query of lists that may be long; without both the whole list is answered. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).optional(),
  cursor: z
    .string()
    .regex(/^[\w-]{1,200}$/, 'not a cursor: send the one of X-Next-Cursor')
    .optional(),
})
