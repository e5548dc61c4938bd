import type { Entry } from '../consensus/types.ts'
import type { HostId } from '../model/ids.ts'
import type { Assignment } from '../model/lab.ts'
import type { RosterBody } from '../model/record.ts'
import { decodeCommand } from '../state/commands.ts'
import { ACCESS_EDITION } from '../state/edition.ts'
import { apply, type State } from '../state/machine.ts'
import { recoverState } from '../state/recover.ts'
import { newerAccess } from './access.ts'
import type { Book } from './book.ts'
import type { At } from './event.ts'
import { assignmentOf, intentOf } from './labs.ts'

export interface Survivor {
  readonly self: HostId
  /** The state machine after the last entry known to be committed. */
  readonly state: State
  /** The entries after that. */
  readonly entries: readonly Entry[]
  readonly book: Book
  /** Assignments this host makes true. */
  readonly active: readonly Assignment[]
  readonly at: At
}

/**
 * The state a new epoch begins with on the one host that goes on: everything its log has, also what was not known to be committed
 * (the lost majority may have acknowledged it), and what gossip tells of the lost hosts' last decisions.
 */
export const nextEpoch = (survivor: Survivor): State => {
  const { book, active, at } = survivor
  const replayed = survivor.entries.reduce(replay, survivor.state)
  const access = newerAccess(replayed, book)
  const edition = access === replayed.access ? replayed.edition : Math.max(replayed.edition, ACCESS_EDITION)
  const state = withoutRemoved({ ...replayed, access, edition }, book, at)
  const before = { ...state, epoch: state.epoch + rankOf(survivor.self, state) }
  return recoverState(before, { assignments: stillWanted(book, active), nowMs: at.wallMs })
}

const replay = (state: State, { index, term, data }: Entry): State => {
  const command = data.type === 'command' ? decodeCommand(data.command) : undefined
  return command === undefined ? state : apply(state, { index, term }, command).state
}

/** A host whose removal was decided without this one does not come back with it. */
const withoutRemoved = (state: State, book: Book, { wallMs }: At): State => {
  const told = book.get('roster', 'mesh')?.body as RosterBody | undefined
  const removed = (told?.hosts ?? []).filter((host) => host.state === 'removed')
  return removed.reduce(
    (before, { id }) =>
      apply(before, before.rosterAt, { type: 'remove-host', requestId: `recover/remove/${id}`, nowMs: wallMs, id })
        .state,
    state,
  )
}

/**
 * Each core host has its own next epoch, so that two that recover apart from each other never begin the same one: where they
 * meet, the higher goes on and the other drops its log.
 */
const rankOf = (self: HostId, { roster }: State): number =>
  Object.values(roster)
    .filter((host) => host.role === 'core')
    .map((host) => host.id)
    .toSorted()
    .indexOf(self)

/** What gossip tells was decided, and what this host makes true; not for labs that were deleted. */
const stillWanted = (book: Book, active: readonly Assignment[]): readonly Assignment[] => {
  const told = book.of('assignment').flatMap((record) => assignmentOf(record) ?? [])
  return [...told, ...active].filter(({ lab }) => {
    const intent = book.get('intent', lab)
    return intent === undefined || intentOf(intent) !== null
  })
}
