import type { HostId } from '../model/ids.ts'
import type { RosterBody } from '../model/record.ts'

/** What a host that was removed says of itself, and what a person may do. */
export const REMOVED_HERE =
  'removed from the mesh: stop the agent, empty its data folder, then join with a new token as a new host'

/** Whether the roster says that `host` was removed; its key never returns. */
export const isRemoved = (roster: RosterBody | undefined, host: HostId): boolean =>
  roster?.hosts.some(({ id, state }) => id === host && state === 'removed') === true
