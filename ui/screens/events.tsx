import { useEffect, useRef, useState } from 'preact/hooks'
import { EventList } from '../events/event-list.tsx'
import { type EventFilter, isWanted, readFilter } from '../events/filter.ts'
import { saveEvents } from '../events/save.ts'
import { useEvents } from '../events/use-events.ts'
import { Button } from '../parts/button.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { place, setQuery } from '../router.ts'
import { view } from '../stores.ts'

/** What happens, on all hosts, in order. */
export function EventsScreen() {
  const filter = readFilter(place.value.query)
  const { entries, error, state } = useEvents(filter)
  const shown = entries.filter((entry) => entry.type === 'gap' || isWanted(entry.event, filter))
  const { box, isFollowing, follow } = useFollow(shown.length)
  return (
    <div class="events">
      <div class="row head">
        <h1>Events</h1>
        <Filters filter={filter} />
        <span class="grow" />
        <Button onClick={follow} kind={isFollowing ? 'quiet' : 'primary'} disabled={isFollowing}>
          {isFollowing ? 'Following' : 'Follow'}
        </Button>
        <Button onClick={() => saveEvents(shown)} disabled={shown.length === 0}>
          Export NDJSON
        </Button>
      </div>
      {error === undefined ? null : <ErrorBox error={error} />}
      {state === 'cut' ? <p class="hint">The feed was cut; coming back …</p> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys too */}
      <div class="feed" ref={box} tabIndex={0} role="log" aria-label="Events" aria-live="off">
        {shown.length === 0 ? (
          <EmptyState title={entries.length === 0 ? 'Nothing was told yet.' : 'Nothing that was told fits.'} />
        ) : (
          <EventList entries={shown} />
        )}
      </div>
    </div>
  )
}

const LEVELS = [
  { value: '', text: 'all' },
  { value: 'warn', text: 'warnings and errors' },
  { value: 'error', text: 'errors' },
] as const

function Filters({ filter }: { readonly filter: EventFilter }) {
  const names = (list: readonly { readonly name: string }[] | undefined, chosen: string): string[] =>
    [...new Set([...(list ?? []).map(({ name }) => name), ...(chosen === '' ? [] : [chosen])])].toSorted()
  return (
    <div class="row filters">
      <input
        type="search"
        aria-label="Text, code or actor"
        placeholder="Text, code, actor  ( / )"
        value={filter.text}
        onInput={(event) => setQuery({ text: event.currentTarget.value })}
      />
      <Choice label="Host" name="host" value={filter.host} options={names(view.value?.hosts, filter.host)} />
      <Choice label="Lab" name="lab" value={filter.lab} options={names(view.value?.labs, filter.lab)} />
      <label>
        Severity{' '}
        <select value={filter.level} onChange={(event) => setQuery({ level: event.currentTarget.value })}>
          {LEVELS.map(({ value, text }) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly name: string
  readonly value: string
  readonly options: readonly string[]
}

const Choice = ({ label, name, value, options }: ChoiceProps) => (
  <label>
    {label}{' '}
    <select value={value} onChange={(event) => setQuery({ [name]: event.currentTarget.value })}>
      <option value="">all</option>
      {options.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  </label>
)

/** Near enough to the end to be called there. */
const NEAR_PX = 40

/** Stays at the newest until the reader scrolls up. */
function useFollow(length: number) {
  const box = useRef<HTMLDivElement>(null)
  const [isFollowing, setFollowing] = useState(true)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const onScroll = (): void => setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX)
    element.addEventListener('scroll', onScroll)
    return () => element.removeEventListener('scroll', onScroll)
  }, [])
  useEffect(() => {
    if (isFollowing) toEnd(box.current)
  }, [length, isFollowing])
  const follow = (): void => {
    toEnd(box.current)
    setFollowing(true)
  }
  return { box, isFollowing, follow }
}

const toEnd = (element: HTMLElement | null): void => {
  if (element !== null) element.scrollTop = element.scrollHeight
}
