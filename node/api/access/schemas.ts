import { z } from 'zod'
import { API_TOKEN_ID, API_TOKEN_NAME, ROLES, USER_NAME } from '#core/model/access.ts'

const DAY_MS = 24 * 3600 * 1000
/** Longer ones are not read: hashing them would cost the host more than whoever sends them. */
const MAX_PASSWORD = 1024

const userName = z.string().regex(USER_NAME, 'not a user name: letters, digits and ._@-, at most 64, and not `local`')
const password = z.string().min(1, 'is empty').max(MAX_PASSWORD)
const role = z.enum(ROLES)

/** Body of POST /auth/login, JSON or a form; other fields of OAuth forms pass. A name that nobody can have is merely wrong. */
export const loginBody = z.union(
  [
    z.object({ code: z.string().min(1).max(200), password, username: userName.default('admin') }),
    z.object({ username: z.string().min(1).max(200), password }),
  ],
  'write username and password, or for the first login code and password',
)

/** Body of POST /v1/me/password. */
export const passwordBody = z.strictObject({ old: password, new: password })

export const userParams = z.object({ name: userName })
/** Body of PUT /v1/users/:name. */
export const userBody = z.strictObject({ role, password: password.optional() })

export const apiTokenParams = z.object({
  id: z.string().regex(API_TOKEN_ID, 'not the id of an API token: 12 hex digits'),
})
/** Body of POST /v1/api-tokens; 90 days unless told, ten years at most. */
export const apiTokenBody = z.strictObject({
  name: z.string().regex(API_TOKEN_NAME, 'not a name: letters, digits and ._@-, at most 64'),
  role,
  ttlMs: z
    .int()
    .min(60_000)
    .max(3650 * DAY_MS)
    .default(90 * DAY_MS),
})
