import type { FeedTold } from '#core/model/feed.ts'
import type { AuditTold, RefusedTold } from '../port-access.ts'

/** A change that somebody asked for, as the feed tells it. */
export function auditEvent({ actor, address, what, lab, status, times }: AuditTold): FeedTold {
  const from = address === undefined ? 'on this host' : `from ${address}`
  return {
    level: 'info',
    code: 'AUDIT',
    about: actor.name,
    ...(lab === undefined ? {} : { lab }),
    message: `${actor.name} (${actor.type}, ${from}): ${what} → ${status}${times === undefined ? '' : `, refused ${times} times`}`,
  }
}

/** Wrong logins, at the 1st, 2nd, 4th, 8th … one. Names that nobody has are not told: some write their password where the name belongs. */
export function refusedEvent({ name, address, tries }: RefusedTold, isKnown: boolean): FeedTold | undefined {
  if (!Number.isInteger(Math.log2(tries))) return undefined
  const user = isKnown ? name : 'somebody unknown'
  const times = tries === 1 ? 'a wrong login' : `${tries} wrong logins, one after the other,`
  return { level: 'warn', code: 'LOGIN_REFUSED', about: user, message: `${times} from ${address} as ${user}` }
}
