import type { EventView } from '#agent/port.ts'
import { part } from '../api.ts'
import { StateIcon } from '../parts/icon.tsx'
import { clockText, count, dateText } from '../time-text.ts'
import { type FeedEntry, idOf } from './feed.ts'
import '../styles/events.css'

/** Events, oldest first; a line where the feed was cut. */
export function EventList({ entries }: { readonly entries: readonly FeedEntry[] }) {
  return (
    <table class="event-list">
      <caption class="hidden">Events</caption>
      <thead class="hidden">
        <tr>
          {['Time', 'Severity', 'Host', 'Lab', 'Event', 'What happened'].map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) =>
          entry.type === 'gap' ? (
            <Gap key={`gap ${entry.id}`} entry={entry} />
          ) : (
            <Row key={idOf(entry.event)} event={entry.event} />
          ),
        )}
      </tbody>
    </table>
  )
}

const TONES = { info: 'unknown', warn: 'warn', error: 'error' } as const

function Row({ event: { atMs, level, hostName, lab, code, about, message } }: { readonly event: EventView }) {
  return (
    <tr class={level}>
      <td class="mono when" title={dateText(atMs)}>
        {clockText(atMs)}
      </td>
      <td>
        {level === 'info' ? (
          <span class="hidden">info</span>
        ) : (
          <>
            <StateIcon tone={TONES[level]} /> <span class="hidden">{level}</span>
          </>
        )}
      </td>
      <td>{hostName}</td>
      <td>{lab === undefined ? '' : <a href={`/labs/${part(lab)}`}>{lab}</a>}</td>
      <td class="mono">{code}</td>
      <td class="what">
        {about === undefined || message.includes(about) ? null : <strong>{about} </strong>}
        {message}
      </td>
    </tr>
  )
}

function Gap({ entry: { atMs, missed } }: { readonly entry: Extract<FeedEntry, { readonly type: 'gap' }> }) {
  return (
    <tr class="gap">
      <td colSpan={6}>
        The feed was cut until {clockText(atMs)}
        {`; ${count(missed, 'event')} of that time ${missed === 1 ? 'follows' : 'follow'}`}
      </td>
    </tr>
  )
}
