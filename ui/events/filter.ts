import type { EventView } from '#agent/port.ts'

/** Which events are shown; it stands in the place's query, so that it can be sent to somebody. Empty: any. */
export interface EventFilter {
  readonly host: string
  readonly lab: string
  readonly level: string
  readonly text: string
}

/** The filter of a query. */
export const readFilter = (query: URLSearchParams): EventFilter => ({
  host: query.get('host') ?? '',
  lab: query.get('lab') ?? '',
  level: query.get('level') ?? '',
  text: query.get('text') ?? '',
})

/** Whether an event is to be shown; the host and the lab have been asked for where it was fetched. */
export function isWanted(event: EventView, { level, text }: Pick<EventFilter, 'level' | 'text'>): boolean {
  if (level === 'error' && event.level !== 'error') return false
  if (level === 'warn' && event.level === 'info') return false
  const wanted = text.trim().toLowerCase()
  return (
    wanted === '' ||
    [event.code, event.message, event.about, event.hostName].some((one) => one?.toLowerCase().includes(wanted) === true)
  )
}

/** What the host is asked for. */
export function feedQuery({ host, lab }: EventFilter, more: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(more)
  if (host !== '') query.set('host', host)
  if (lab !== '') query.set('lab', lab)
  return query.toString()
}
