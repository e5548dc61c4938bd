import type { ErrorCode } from '#core/model/errors.ts'
import type { HostRole, HostState } from '#core/model/lab.ts'
import { comparePositions, type LogPosition, type Told } from './log-position.ts'

/** One core host, as far as this one knows of it. */
export interface CoreHost {
  readonly name: string
  readonly votes: boolean
  readonly state: HostState
  /** What it said of its log; absent where it is not connected. */
  readonly told?: Told
}

/** What the decision stands on. */
export interface Evidence {
  readonly self: { readonly name: string; readonly role: HostRole; readonly votes: boolean }
  readonly position: LogPosition | null
  /** Who leads, as far as this host knows. */
  readonly leader: string | null
  /** All core hosts but this one. */
  readonly others: readonly CoreHost[]
}

/** Why this host may not begin a new epoch now. `force`: a person may say that it shall be done all the same. */
export interface Obstacle {
  readonly code: ErrorCode
  readonly message: string
  readonly force: boolean
}

/**
 * The first thing that stands in the way of a recovery on this host; undefined where nothing does. A majority that is there or may be, a
 * leader, and an epoch that has begun elsewhere can never be passed over; a log that knows more can.
 */
export const whyNotRecover = (evidence: Evidence): Obstacle | undefined =>
  wrongHost(evidence) ?? quorumStands(evidence) ?? begunElsewhere(evidence) ?? knowsMore(evidence)

const stop = (code: ErrorCode, message: string): Obstacle => ({ code, message, force: false })

const wrongHost = ({ self, position }: Evidence): Obstacle | undefined => {
  if (self.role !== 'core')
    return stop(
      'NOT_CORE',
      `${self.name} is a ${self.role} and keeps no log; only a core host that survived can recover`,
    )
  return position === null
    ? stop('LOG_BEHIND', `${self.name} has no log to go on with: it waits to be added by the leader`)
    : undefined
}

const quorumStands = ({ self, leader, others }: Evidence): Obstacle | undefined => {
  const voters = others.filter((host) => host.votes)
  const count = voters.length + Number(self.votes)
  const need = Math.floor(count / 2) + 1
  const answered = voters.filter((host) => host.told !== undefined && host.told !== 'silent')
  const there = voters.filter((host) => host.state !== 'down' || answered.includes(host))
  if (leader !== null) return stop('QUORUM_STANDS', `${leader} leads: decisions can be made`)
  if (there.length + Number(self.votes) < need) return undefined
  const names = there.map((host) => `${host.name} (${answered.includes(host) ? 'answers' : host.state})`).join(', ')
  const found = `${there.length + Number(self.votes)} of ${count} voters are or may be there, ${need} are needed: ${names}`
  return stop('QUORUM_STANDS', `${found}; if they are gone, this host knows within ten seconds`)
}

const begunElsewhere = ({ self, position, others }: Evidence): Obstacle | undefined => {
  for (const { name, told } of others) {
    if (told === undefined || told === null || told === 'silent' || position === null) continue
    if (told.isRecovering) return stop('RECOVERY_UNDER_WAY', `a recovery is under way on ${name}`)
    if (told.epoch > position.epoch)
      return stop('RECOVERY_UNDER_WAY', `epoch ${told.epoch} has begun on ${name}; ${self.name} joins it by itself`)
  }
  return undefined
}

const knowsMore = ({ self, position, others }: Evidence): Obstacle | undefined => {
  const behind = (message: string): Obstacle => ({ code: 'LOG_BEHIND', message, force: true })
  const logs = others.flatMap(({ name, told }) => (told == null || told === 'silent' ? [] : [{ name, told }]))
  const [best] = logs.toSorted((a, b) => comparePositions(b.told, a.told))
  if (best !== undefined && position !== null && comparePositions(best.told, position) > 0)
    return behind(
      `the log of ${best.name} goes further (term ${best.told.term}, entry ${best.told.index}) than that of ${self.name} (term ${position.term}, entry ${position.index})`,
    )
  const silent = others.filter(({ told }) => told === 'silent').map(({ name }) => name)
  return silent.length === 0
    ? undefined
    : behind(`${silent.join(', ')} is connected but did not say how far its log goes`)
}
