import type { EndedSession } from '#core/model/access.ts'
import { MAX_LOGOUTS } from '../access-body.ts'

/**
 * As many as a record holds, those that end soonest first. Where there are more, whoever has most of them loses of his own: nobody brings the
 * session of another one back by logging in and out.
 */
export function fitting(ended: readonly EndedSession[]): readonly EndedSession[] {
  const left = ended.toSorted(([, a], [, b]) => a - b)
  while (left.length > MAX_LOGOUTS) {
    const most = mostOf(left)
    left.splice(
      left.findIndex(([, , user]) => user === most),
      1,
    )
  }
  return left
}

function mostOf(ended: readonly EndedSession[]): string | undefined {
  const counts = new Map<string | undefined, number>()
  for (const [, , user] of ended) counts.set(user, (counts.get(user) ?? 0) + 1)
  return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most), [undefined, 0])[0]
}
