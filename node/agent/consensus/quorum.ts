import type { Engine } from '#core/engine/engine.ts'
import { isRemoved, REMOVED_HERE } from '#core/membership/removed.ts'
import type { HostId } from '#core/model/ids.ts'
import type { HostRole } from '#core/model/lab.ts'
import type { RosterEntry } from '#core/model/record.ts'
import type { LeaderView } from '../port.ts'

/** A host's name, or its id where the roster does not have it. */
export const nameOf = (engine: Engine, id: HostId): string =>
  engine.roster?.hosts.find((host) => host.id === id)?.name ?? id

/** The member with an overlay address: not a former one, whose address another has got since. */
export const memberAt = ({ roster }: Pick<Engine, 'roster'>, address: string): RosterEntry | undefined =>
  roster?.hosts.find(({ state, overlayAddress }) => state === 'admitted' && overlayAddress === address)

/** The name of the host with an overlay address, or the address. */
export const nameAt = (engine: Pick<Engine, 'roster'>, address: string): string =>
  memberAt(engine, address)?.name ?? address

/** What `host` is in the mesh; undefined where it is not admitted. */
export const roleOf = (engine: Engine, host: HostId): HostRole | undefined =>
  engine.roster?.hosts.find(({ id, state }) => id === host && state === 'admitted')?.role

/** Who votes: by the log, or by the newest roster where this host has none. */
export const votersOf = (engine: Engine): readonly HostId[] => {
  const own = engine.replica?.status.configuration.voters ?? []
  return own.length > 0 ? own : (engine.roster?.voters ?? [])
}

/** Who leads and whether a majority of voters can be heard from here. */
export const leaderView = (engine: Engine): Omit<LeaderView, 'ageMs'> => {
  const voters = votersOf(engine)
  const missing = voters.filter((host) => host !== engine.self && !engine.membership.isAlive(host))
  const { host, term } = engine.leader
  return {
    leader: host === null ? null : nameOf(engine, host),
    term,
    voters: voters.map((voter) => nameOf(engine, voter)).toSorted(),
    quorum: { have: voters.length - missing.length, need: Math.floor(voters.length / 2) + 1 },
    missing: missing.map((voter) => nameOf(engine, voter)).toSorted(),
  }
}

/** Why nothing new can be decided now, in words; undefined while a majority is there. */
export const noQuorum = (engine: Engine): string | undefined => {
  if (isRemoved(engine.roster, engine.self)) return `this host was ${REMOVED_HERE}`
  const { quorum, missing, voters } = leaderView(engine)
  if (quorum.have >= quorum.need) return undefined
  return `no majority: ${quorum.have} of ${voters.length} voters can be heard, ${quorum.need} are needed; missing: ${missing.join(', ')}`
}
