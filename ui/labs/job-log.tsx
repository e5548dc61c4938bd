import { useEffect, useState } from 'preact/hooks'
import type { EventsPage, EventView } from '#agent/port.ts'
import { get, part } from '../api.ts'
import { Badge } from '../parts/badge.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { Prose } from '../parts/prose.tsx'
import { Table } from '../parts/table.tsx'
import { clockText } from '../time-text.ts'

/** A page asks this often; a stream for each tab would use up the few connections a browser makes to one host. */
const EVERY_MS = 3_000
const SHOWN = 200

/** What happened to a lab, newest first: wished, decided, made, broken, mended. */
export function JobLog({ lab }: { readonly lab: string }) {
  const [events, setEvents] = useState<readonly EventView[]>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    const control = new AbortController()
    let cursor = ''
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async (): Promise<void> => {
      const query = new URLSearchParams({ lab, limit: String(SHOWN), ...(cursor === '' ? {} : { since: cursor }) })
      try {
        const page = await get<EventsPage>(`/v1/events?${query}`, control.signal)
        cursor = page.cursor
        setEvents((before = []) => [...page.events.toReversed(), ...before].slice(0, SHOWN))
        setError(undefined)
      } catch (problem) {
        if (control.signal.aborted) return
        setError(problem)
      }
      timer = setTimeout(() => void look(), EVERY_MS)
    }
    void look()
    return () => {
      control.abort()
      clearTimeout(timer)
    }
  }, [lab])
  return (
    <>
      {error === undefined ? null : <ErrorBox error={error} />}
      {events === undefined ? <p class="loading">Asking this host …</p> : <Rows lab={lab} events={events} />}
      <p class="more">
        <a href={`/events?lab=${part(lab)}`}>All events of this lab</a>
      </p>
    </>
  )
}

/** A word; a sign before it only where something is wrong. */
function What({ event: { code, level } }: { readonly event: EventView }) {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return level === 'info' ? <span class="word">{words}</span> : <Badge state={words} tone={level} />
}

const Rows = ({ lab, events }: { readonly lab: string; readonly events: readonly EventView[] }) => (
  <Table
    caption={`What happened to lab ${lab}, newest first`}
    rows={events}
    keyOf={({ host, boot, seq }) => `${host}/${boot}/${seq}`}
    empty={<EmptyState title="Nothing is told of it yet." />}
    columns={[
      { title: 'When', cell: ({ atMs }) => <span class="mono">{clockText(atMs)}</span> },
      { title: 'Host', cell: ({ hostName }) => hostName },
      { title: 'What', cell: (event) => <What event={event} /> },
      { title: 'About', cell: ({ about = '' }) => <code>{about}</code> },
      { title: 'Told', cell: ({ message }) => <Prose text={message} /> },
    ]}
  />
)
