import type { ResourceId } from '#core/model/ids.ts'
import { type Op, type Plan, subject } from '#core/model/resource.ts'
import type { Step } from '#drivers/driver.ts'

/** An op that is to be begun as soon as others succeeded. */
export interface Follower {
  readonly op: Extract<Op, { type: 'create' }>
  /** What it stands on; all of it is being made. */
  readonly after: readonly ResourceId[]
}

/**
 * Ports that wait for nothing but what is being made now. Nothing of a port depends on what its device turns out to be, so it need not be
 * read back in between; the look after both tells of both.
 */
export const followersOf = ({ blocked }: Pick<Plan, 'blocked'>, due: readonly Op[]): readonly Follower[] => {
  const making = new Set(due.filter((op) => op.type !== 'delete').map((op) => op.to.id))
  return blocked.flatMap(({ op, waitingFor }) =>
    op.type === 'create' && op.to.kind === 'port' && waitingFor.every((id) => making.has(id))
      ? [{ op, after: waitingFor }]
      : [],
  )
}

/** The steps that followers wait for, and the others. */
export const apart = (
  steps: readonly Step[],
  followers: readonly Follower[],
): Record<'awaited' | 'others', readonly Step[]> => {
  const ids = new Set(followers.flatMap(({ after }) => after))
  const isAwaited = (step: Step): boolean => step.ops.some((op) => ids.has(subject(op).id))
  return { awaited: steps.filter(isAwaited), others: steps.filter((step) => !isAwaited(step)) }
}
