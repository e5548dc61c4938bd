import { ageText } from './duration.ts'
import { plain, table } from './output.ts'
import type { Quorum, QuorumMember, Recovered } from './shapes.ts'

/** Who votes, what works now, and what to do next. */
export function quorumText(view: Quorum): string {
  const { epoch, leader, term, sinceMs, quorum, members, works, waits, next } = view
  const votes = members.filter((member) => member.votes).length
  const missing = quorum.have < quorum.need ? `: no majority, missing ${view.missing.join(', ')}` : ''
  const lines = [
    `epoch   ${epoch}`,
    `leader  ${leader ?? '-'} (term ${term}, for ${ageText(sinceMs)})`,
    `quorum  ${quorum.have} of ${votes} voters there, ${quorum.need} needed${missing}`,
    '',
    table(['host', 'role', 'state', 'heard', 'log ends at', 'decided'], members.map(row)).trimEnd(),
    '',
    ...listed('works', works),
    ...listed('waits', waits),
    ...listed('next', next),
  ]
  return `${plain(lines.join('\n'))}\n`
}

const row = ({ name, votes, state, ageMs, log }: QuorumMember): readonly (string | number | null)[] => [
  name,
  votes ? 'voter' : 'learner',
  state,
  ageText(ageMs),
  log === null ? null : `epoch ${log.epoch} term ${log.term} entry ${log.index}`,
  log?.committed ?? null,
]

const listed = (title: string, items: readonly string[]): readonly string[] =>
  items.map((item, at) => `${(at === 0 ? title : '').padEnd(7)} ${item}`)

/** What a person must know before a new epoch begins on this host. */
export function recoveryWarning({ host, epoch, missing, members }: Quorum): string {
  const gone = missing.length === 0 ? 'none known' : missing.join(', ')
  const learners = members.filter((member) => !member.votes && member.name !== host).map((member) => member.name)
  const lines = [
    `A new epoch will begin on ${host}, with ${host} as the only voter.`,
    '',
    `  Voters that are missing: ${gone}. If any of them can be started again, do that instead: nothing is lost then.`,
    `  The log of ${host} counts as decided, to its last entry. What only the missing hosts had decided is lost: a host`,
    '  admitted, a token spent, a number given in the last moments. Join tokens that are open now end.',
    '  Labs that run go on without a break and keep their numbers.',
    `  Hosts of epoch ${epoch} that come back drop their log and follow ${host}; they bring no old decision back.`,
    ...(learners.length === 0 ? [] : [`  Other core hosts join again by themselves: ${learners.join(', ')}.`]),
    '  Do this on one host only.',
    '',
  ]
  return `${plain(lines.join('\n'))}\n`
}

/** What a recovery came to. */
export function recoveredText({ host, epoch, formerEpoch, undecidedEntries, copy }: Recovered): string {
  const lines = [
    `epoch ${epoch} has begun on ${host}; epoch ${formerEpoch} is over`,
    ...(undecidedEntries === 0 ? [] : [`${undecidedEntries} entries nobody had confirmed count as decided now`]),
    `the log as it was is kept in ${copy}`,
    '',
    'Next: start the other core hosts; they get a vote again by themselves (`skein quorum status`).',
    'Remove those that are gone for good: skein host remove NAME --force',
  ]
  return `${plain(lines.join('\n'))}\n`
}
