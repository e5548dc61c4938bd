import type { HostId } from '#core/model/ids.ts'

/** How many of `voters` decide: more than half. */
export function majority(voters: readonly HostId[]): number {
  return Math.floor(voters.length / 2) + 1
}

/** Whether more than half of `voters` satisfy `says`; never, where nobody votes. */
export function isMajority(voters: readonly HostId[], says: (host: HostId) => boolean): boolean {
  return voters.filter(says).length >= majority(voters)
}

/** The highest number that more than half of `voters` have reached; 0 where nobody votes. */
export function reachedByMajority(voters: readonly HostId[], numberOf: (host: HostId) => number): number {
  const descending = voters.map(numberOf).sort((a, b) => b - a)
  return descending[majority(voters) - 1] ?? 0
}
