import type { Engine } from '#core/engine/engine.ts'
import { compareText } from '#core/record/version.ts'
import type { LeaderView, QuorumMember, QuorumView } from '../port.ts'
import type { LogPosition, Told } from './log-position.ts'
import { type CoreHost, type Evidence, whyNotRecover } from './may-recover.ts'
import { leaderView } from './quorum.ts'

/** The voters, what works with those that are there, and what to do next. `sinceMs`: how long the leader has been as it is. */
export const quorumView = (
  engine: Engine,
  evidence: Evidence,
  { nowMs, sinceMs }: { readonly nowMs: number; readonly sinceMs: number },
): QuorumView => {
  const view = leaderView(engine)
  const obstacle = whyNotRecover(evidence)
  const { self, position } = evidence
  const own: CoreHost = { name: self.name, votes: self.votes, state: 'alive', told: position }
  const cores = self.role === 'core' ? [own, ...evidence.others] : evidence.others
  return {
    host: self.name,
    epoch: engine.epoch,
    leader: view.leader,
    term: view.term,
    sinceMs,
    quorum: view.quorum,
    missing: view.missing,
    members: cores
      .map((host) => member(host, host === own ? 0 : ageMs(engine, host.name, nowMs)))
      .toSorted((a, b) => Number(b.votes) - Number(a.votes) || compareText(a.name, b.name)),
    ...says(view),
    next: next(view, obstacle?.message),
    recovery: obstacle === undefined ? null : { code: obstacle.code, message: obstacle.message, force: obstacle.force },
  }
}

const member = ({ name, votes, state, told }: CoreHost, ageMs: number | null): QuorumMember => ({
  name,
  votes,
  state,
  ageMs,
  log: logOf(told),
})

const logOf = (told: Told | undefined): QuorumMember['log'] => {
  if (told === undefined || told === null || told === 'silent') return null
  const { epoch, term, index, committed }: LogPosition = told
  return { epoch, term, index, committed }
}

const ageMs = ({ roster, membership }: Engine, name: string, nowMs: number): number | null => {
  const id = roster?.hosts.find((host) => host.name === name && host.state === 'admitted')?.id
  const heardMs = id === undefined ? null : (membership.of(id)?.heardMs ?? null)
  return heardMs === null ? null : Math.max(0, Math.round(nowMs - heardMs))
}

type Standing = Pick<LeaderView, 'leader' | 'quorum' | 'missing'>

const stands = ({ quorum }: Standing): boolean => quorum.have >= quorum.need

const says = (view: Standing): Pick<QuorumView, 'works' | 'waits'> =>
  stands(view) && view.leader !== null
    ? { works: ['everything'], waits: [] }
    : {
        works: [
          'labs that run go on running and repair themselves',
          'every list and view, `lab exec`, and `lab down` wherever the lab can be reached',
        ],
        waits: [
          'new labs and changes are kept, and come up by themselves later',
          'joins, tokens, draining and removing hosts, and reserved numbers are refused with NO_QUORUM',
        ],
      }

const next = (view: Standing, obstacle: string | undefined): readonly string[] => {
  const missing = view.missing.join(', ')
  if (stands(view) && view.leader === null) return ['wait: the voters that are there choose a leader within seconds']
  if (stands(view)) return missing === '' ? [] : [`start ${missing}: until then fewer losses are borne`]
  const lacking = view.quorum.need - view.quorum.have
  const enough = lacking < view.missing.length ? ` (${lacking} of them will do)` : ''
  return [
    `start ${missing} or mend the network to them${enough}: nothing is lost then`,
    obstacle === undefined
      ? 'only if they are lost for good: `skein quorum recover` on this host'
      : `not now, only if they are lost for good: \`skein quorum recover\`; on this host it is refused: ${obstacle}`,
  ]
}
