import type { PoolTelemetry } from '#agent/port.ts'
import type { Row } from '../instruments.ts'
import { flag, type Part } from './part.ts'

const ROLES = ['leader', 'follower', 'candidate', 'learner', 'none'] as const

/** The log on this host, who leads, and whether a majority is heard. */
export const showConsensus: Part = ({ leader, telemetry }, { show }) => {
  const { leader: leads, term, quorum, missing } = leader()
  const { log } = telemetry()
  const role = log?.role ?? 'none'
  show(
    'skein_consensus_role',
    ROLES.map((one) => [{ role: one }, flag(one === role)]),
  )
  show('skein_consensus_term', [[{}, term]])
  show('skein_consensus_commit_index', log === null ? [] : [[{}, log.commitIndex]])
  show('skein_consensus_last_index', log === null ? [] : [[{}, log.lastIndex]])
  show('skein_consensus_snapshot_index', log === null ? [] : [[{}, log.snapshotIndex]])
  show('skein_consensus_has_leader', [[{}, flag(leads !== null)]])
  show('skein_consensus_has_quorum', [[{}, flag(quorum.have >= quorum.need)]])
  show('skein_consensus_voters', [
    [{ state: 'heard' }, quorum.have],
    [{ state: 'missing' }, missing.length],
  ])
}

/** How full the pools are, where this host keeps the log. */
export const showAllocations: Part = ({ telemetry }, { show }) =>
  show('skein_allocation_values', telemetry().pools.flatMap(linesOf))

const linesOf = ({ pool, host: peer = '', size, held, resting }: PoolTelemetry): Row<'skein_allocation_values'>[] => [
  [{ pool, peer, state: 'used' }, held],
  [{ pool, peer, state: 'resting' }, resting],
  [{ pool, peer, state: 'free' }, size - held - resting],
]
