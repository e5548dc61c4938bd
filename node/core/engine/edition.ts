import type { HostId } from '../model/ids.ts'
import type { HeartbeatBody, RosterEntry } from '../model/record.ts'
import type { Command } from '../state/commands.ts'
import { EDITION, editionOf } from '../state/edition.ts'
import type { Refusal, State } from '../state/state.ts'
import type { Book } from './book.ts'

interface Seen {
  readonly self: HostId
  readonly book: Book
  readonly state: State
}

/** Whether a host is known to understand this edition of the log: who says nothing of it has the first one. */
export function understands(host: HostId, edition: number, { self, book }: Omit<Seen, 'state'>): boolean {
  const beat = book.get('heartbeat', host)?.body as HeartbeatBody | undefined
  return (host === self ? EDITION : (beat?.log ?? 1)) >= edition
}

/**
 * Why the log may not take a command yet: a core host that does not know it would pass over it, and hand on a state without it. What has
 * been taken once all hosts knew, and all that came later had to: then nobody is asked. Undefined where it may. `isEarly` in its details: all of
 * them are hosts that were not heard yet, as after a join.
 */
export function outdated(command: Pick<Command, 'type'>, seen: Seen): Refusal | undefined {
  const edition = editionOf(command)
  if (edition <= seen.state.edition) return undefined
  const behind = Object.values(seen.state.roster)
    .filter(({ id, role, state }) => role === 'core' && state === 'admitted' && !understands(id, edition, seen))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (behind.length === 0) return undefined
  const hosts = behind.map((host) => wordOf(host, seen.book)).join(', ')
  const message = `not every core host is known to understand ${command.type}: ${hosts}`
  const isEarly = behind.every(({ id }) => seen.book.get('heartbeat', id) === undefined)
  return { code: 'HOST_OUTDATED', message, details: { hosts: behind.map(({ name }) => name), isEarly } }
}

const wordOf = ({ id, name }: RosterEntry, book: Book): string => {
  const beat = book.get('heartbeat', id)?.body as HeartbeatBody | undefined
  return `${name} (${beat === undefined ? 'not heard yet' : `version ${beat.v}`})`
}
