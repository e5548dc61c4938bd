import { Badge } from '../parts/badge.tsx'
import { StateIcon } from '../parts/icon.tsx'
import { isStale, liveState, retryLive, view, viewAgeMs } from '../stores.ts'
import { ageText, count } from '../time-text.ts'

/** Whose view this is, how old it is, who is seen, and how much is wrong. */
export function Status({ onProblems, onPalette }: { onProblems(): void; onPalette(): void }) {
  const mesh = view.value
  return (
    <div class="status">
      <button type="button" class="find" onClick={onPalette} title="Find a page, a lab or a host (Ctrl K)">
        Find <kbd>Ctrl K</kbd>
      </button>
      {mesh === null ? null : (
        <>
          <ProblemCount onOpen={onProblems} />
          <span class="seen" title="Hosts this host hears, of all that are members">
            {mesh.hosts.filter(({ state }) => state === 'alive').length}/
            {mesh.hosts.filter(({ state }) => state !== 'left').length} hosts
          </span>
        </>
      )}
      <Live />
      {mesh === null ? null : (
        <span class={`whose ${isStale.value ? 'stale' : ''}`}>
          View of <strong>{mesh.self.name}</strong>
          <span class="age">{isStale.value ? `${ageText(viewAgeMs.value)} old` : ''}</span>
        </span>
      )}
    </div>
  )
}

function ProblemCount({ onOpen }: { onOpen(): void }) {
  const problems = view.value?.problems ?? []
  const isBad = problems.some(({ severity }) => severity === 'error')
  const tone = isBad ? 'error' : problems.length > 0 ? 'warn' : isStale.value ? 'unknown' : 'ok'
  return (
    <button type="button" class={`problem-count tone-${tone}`} onClick={onOpen} title="What is wrong (!)">
      <StateIcon tone={tone} />
      {problems.length === 0 ? (isStale.value ? 'Not known' : 'No problems') : count(problems.length, 'problem')}
    </button>
  )
}

const WORDS = {
  connecting: 'connecting',
  live: 'live',
  reconnecting: 'reconnecting, data may be old',
  offline: 'offline',
} as const

function Live() {
  const state = liveState.value
  if (state === 'live' || state === 'connecting') return <Badge state={WORDS[state]} />
  return (
    <button type="button" class="plain" onClick={retryLive} title="Try now">
      <Badge state={WORDS[state]} tone={state === 'offline' ? 'error' : 'warn'} />
    </button>
  )
}
