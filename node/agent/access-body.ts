import { z } from 'zod'
import { API_TOKEN_ID, MAX_API_TOKENS, MAX_USERS, ROLES, USER_NAME } from '#core/model/access.ts'
import type { SignedRecord } from '#core/model/record.ts'

const count = z.int().min(0)
const role = z.enum(ROLES)

/** A later version may know more roles: who has one of them is nobody here. */
const user = z.looseObject({
  name: z.string().regex(USER_NAME),
  role: role.or(z.string()),
  password: z.string().max(400),
  version: z.string().max(40),
})

const token = z.looseObject({
  id: z.string().regex(API_TOKEN_ID),
  name: z.string().max(64),
  role: role.or(z.string()),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAtMs: count,
  expiresAtMs: count,
})

const access = z.looseObject({
  epoch: count,
  term: count,
  index: count,
  users: z.array(user).max(MAX_USERS),
  tokens: z.array(token).max(MAX_API_TOKENS),
  isCodeOpen: z.boolean(),
})

/** So many ended sessions one host may tell of. */
export const MAX_LOGOUTS = 5_000

/** A later version may tell more of each. */
const ended = z.tuple([z.string().max(64), count, z.string().max(64).optional()], z.unknown())

const logouts = z.looseObject({ ended: z.array(ended).max(MAX_LOGOUTS) })

/** What orders two of them must be what they say: else one of an old epoch could stand above all new ones. */
export const isAccess = ({ body, key, version }: SignedRecord): boolean => {
  const read = access.safeParse(body)
  if (!read.success || key !== 'mesh') return false
  const { epoch, term, index } = read.data
  return [epoch, term, index].every((part, at) => version[at] === part)
}

/** Sessions a host says were ended there. */
export const isLogouts = ({ body }: SignedRecord): boolean => logouts.safeParse(body).success
