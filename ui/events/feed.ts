import type { EventView } from '#agent/port.ts'

/** A row of the feed. `gap`: the feed was cut here, and so many events came while nobody listened. */
export type FeedEntry =
  | { readonly type: 'event'; readonly event: EventView }
  | { readonly type: 'gap'; readonly id: number; readonly atMs: number; readonly missed: number }

/** More are not kept in a tab. */
export const MAX_ENTRIES = 5_000

/** Where an event stands, on all hosts: the same event told twice is one. */
export const idOf = ({ host, boot, seq }: EventView): string => `${host}/${boot}/${seq}`

/** The feed after one more event; what is there already is not added again. */
export function withEvent(entries: readonly FeedEntry[], event: EventView, seen: Set<string>): readonly FeedEntry[] {
  const id = idOf(event)
  if (seen.has(id)) return entries
  seen.add(id)
  return [...entries.slice(-MAX_ENTRIES + 1), { type: 'event', event }]
}
