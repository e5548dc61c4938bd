import { z } from 'zod'
import type { ApiTokenView, UserView } from '#agent/port.ts'
import { ROLES } from '#core/model/access.ts'
import { atMs } from './common.ts'

const role = z.enum(ROLES)

export const firstLogin = z.strictObject({
  host: z.string(),
  version: z.string(),
  needsCode: z.boolean(),
  fingerprint: z.string().nullable(),
})

export const login = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('bearer'),
  user: z.string(),
  role,
  expires_at: z.string(),
})

export const me = z.strictObject({
  type: z.enum(['local', 'session', 'token']),
  name: z.string(),
  role,
  host: z.string(),
  mesh: z.string(),
  version: z.string(),
  expiresAtMs: z.number().nullable(),
})

export const userView = z.strictObject({ name: z.string(), role }) satisfies z.ZodType<UserView>

const apiToken = { id: z.string(), name: z.string(), role, createdAtMs: atMs, expiresAtMs: atMs }
export const apiTokenView = z.strictObject(apiToken) satisfies z.ZodType<ApiTokenView>
/** The secret is told here and nowhere else. */
export const apiTokenMade = z.strictObject({ ...apiToken, token: z.string() })
