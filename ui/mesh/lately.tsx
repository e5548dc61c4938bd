import { useEffect, useState } from 'preact/hooks'
import type { EventView } from '#agent/port.ts'
import { get } from '../api.ts'
import { StateIcon } from '../parts/icon.tsx'
import { clockText, dateText } from '../time-text.ts'

const SHOWN = 9
const EVERY_MS = 3_000

/** What happened last, on all hosts. */
export function Lately() {
  const events = useLately()
  return (
    <section class="card" aria-label="What happened last">
      <div class="row spread">
        <h2>Lately</h2>
        <a href="/events">All events</a>
      </div>
      {events.length === 0 ? <p class="hint">Nothing was told yet.</p> : null}
      <ol class="lately">
        {events.map((event) => (
          <li key={`${event.host}/${event.boot}/${event.seq}`}>
            <span class="mono when" title={dateText(event.atMs)}>
              {clockText(event.atMs)}
            </span>
            <span>{event.level === 'info' ? null : <StateIcon tone={event.level} />}</span>
            <span class="said">
              <Subject event={event} />
              {event.message}
              <span class="hint"> {event.hostName}</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** Newest first. */
function useLately(): readonly EventView[] {
  const [events, setEvents] = useState<readonly EventView[]>([])
  useEffect(() => {
    const stop = new AbortController()
    const ask = async (): Promise<void> => {
      if (document.hidden) return
      const page = await get<{ readonly events: readonly EventView[] }>(`/v1/events?limit=${SHOWN}`, stop.signal)
      setEvents(page.events.toReversed())
    }
    // What is shown has its time with it.
    const again = (): void => void ask().catch(() => undefined)
    again()
    const timer = setInterval(again, EVERY_MS)
    return () => {
      clearInterval(timer)
      stop.abort()
    }
  }, [])
  return events
}

/** What it is about, unless the message says so. */
function Subject({ event: { lab, about, message } }: { readonly event: EventView }) {
  const subject = [lab, about].find((one) => one !== undefined && !message.includes(one))
  return subject === undefined ? null : <strong>{subject} </strong>
}
