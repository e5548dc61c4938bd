import type { FeedEntry } from './feed.ts'

/** Gives the reader what is shown as a file, one JSON value a line, with everything there is. */
export function saveEvents(entries: readonly FeedEntry[]): void {
  const lines = entries.flatMap((entry) => (entry.type === 'event' ? [`${JSON.stringify(entry.event)}\n`] : []))
  const url = URL.createObjectURL(new Blob(lines, { type: 'application/x-ndjson' }))
  const link = document.createElement('a')
  link.href = url
  link.download = 'skein-events.ndjson'
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
