import { useEffect, useState } from 'preact/hooks'
import type { ExerciseAsk, ExercisePlan } from '#agent/port-iperf.ts'
import { call } from '../api.ts'
import { ErrorBox } from '../parts/error-box.tsx'
import { count } from '../time-text.ts'
import { bytesText, durationText } from './words.ts'

/** What an exercise would be, asked for once the reader has stopped changing it. */
export interface Estimated {
  readonly plan: ExercisePlan | undefined
  readonly error: unknown
  /** What is shown is of what was asked for before. */
  readonly isOld: boolean
}

const QUIET_MS = 400

export function useEstimate(ask: ExerciseAsk | null): Estimated {
  const text = ask === null ? '' : JSON.stringify(ask)
  const [known, setKnown] = useState<{ of: string; plan?: ExercisePlan; error?: unknown }>({ of: '' })
  useEffect(() => {
    if (text === '') return setKnown({ of: '' })
    const control = new AbortController()
    const timer = setTimeout(() => {
      call<ExercisePlan>('POST', '/v1/exercises/plan', JSON.parse(text), control.signal).then(
        (plan) => setKnown({ of: text, plan }),
        (error) => control.signal.aborted || setKnown({ of: text, error }),
      )
    }, QUIET_MS)
    return () => {
      control.abort()
      clearTimeout(timer)
    }
  }, [text])
  return { plan: known.plan, error: known.error, isOld: known.of !== text }
}

/** How many tests and rounds, how long, how much: before anything is sent. */
export function Estimate({ plan, error, isOld }: Estimated) {
  if (error !== undefined && !isOld) return <ErrorBox error={error} />
  if (plan === undefined) return <p class="hint">{isOld ? 'Planning …' : 'Choose the pairs to measure.'}</p>
  const { tests, rounds, estimatedS, estimatedBytes, notes } = plan
  return (
    <div class={isOld ? 'estimate old' : 'estimate'} aria-live="polite">
      <p>
        <strong>{count(tests.length, 'test')}</strong> in <strong>{count(rounds, 'round')}</strong>, about{' '}
        <strong>{durationText(estimatedS)}</strong> where nobody else measures.
      </p>
      <p class="hint">
        {estimatedBytes === null
          ? 'Load: as much as the ways carry; no NIC has more than one test at a time.'
          : `Load: at most ${bytesText(estimatedBytes)} in all.`}
      </p>
      {notes.length === 0 ? null : (
        <ul class="notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </div>
  )
}
