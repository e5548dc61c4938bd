import type { ExerciseSummary, ExerciseView } from '#agent/port-iperf.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { Select } from '../parts/field.tsx'
import { navigate, place, setQuery } from '../router.ts'
import { exerciseName, exercisePage, exercisePath } from '../tests/actions.ts'
import { placeOf } from '../tests/cells.ts'
import { seriesOfTest } from '../tests/chart-data.ts'
import { type Compared, cellOfCompared, compare } from '../tests/compare.ts'
import { Chart } from '../tests/lazy-chart.ts'
import { usePoll } from '../tests/poll.ts'
import { ResultMatrix } from '../tests/result-matrix.tsx'
import { paramsText } from '../tests/words.ts'
import { dateText } from '../time-text.ts'
import type { ScreenProps } from './index.ts'
import '../styles/labs.css'
import '../styles/tests.css'

const SLOW_MS = 10_000

/** Two exercises side by side: what changed from the other one to this. */
export function CompareScreen({ params: { exercise = '', other } }: ScreenProps) {
  const { value: all = [], error } = usePoll<readonly ExerciseSummary[]>('/v1/exercises', () => SLOW_MS)
  const others = all.filter(({ id }) => String(id) !== exercise)
  const options = [
    { value: '', text: 'choose one' },
    ...others.map((one) => ({
      value: String(one.id),
      text: `${one.id}: ${exerciseName(one)}, ${dateText(one.startedAtMs ?? one.createdAtMs)}`,
    })),
  ]
  return (
    <>
      <div class="row head">
        <a href="/tests">Tests</a> <span aria-hidden="true">/</span>
        <a href={`/tests/${exercise}`}>{exercise}</a> <span aria-hidden="true">/</span>
        <h1>Compare</h1>
      </div>
      {error === undefined ? null : <ErrorBox error={error} />}
      <div class="inline compare-with">
        <Select
          label={`Exercise ${exercise}, compared with`}
          value={other ?? ''}
          options={options}
          onChange={(id) =>
            navigate(id === '' ? `/tests/${exercise}/with` : `/tests/${exercise}/with/${id}`, { replace: true })
          }
        />
      </div>
      {other === undefined ? (
        <EmptyState title="Choose the exercise that was before." />
      ) : (
        <Both now={exercise} before={other} />
      )}
    </>
  )
}

function Both({ now, before }: { readonly now: string; readonly before: string }) {
  const a = usePoll<ExerciseView>(exercisePath(Number(before)), () => SLOW_MS)
  const b = usePoll<ExerciseView>(exercisePath(Number(now)), () => SLOW_MS)
  const error = a.error ?? b.error
  if (a.value === undefined || b.value === undefined)
    return error === undefined ? <p class="loading">Asking this host …</p> : <ErrorBox error={error} />
  const pairs = compare(a.value.all, b.value.all)
  const ends = [...new Set([...b.value.ends, ...a.value.ends])]
  const cells = new Map(pairs.map((pair) => [placeOf(pair.source, pair.destination), cellOfCompared(pair)]))
  const isLike = paramsText(a.value.params) === paramsText(b.value.params)
  const chosen = place.value.query.get('pair')
  const pair = pairs.find(({ source, destination }) => `${source},${destination}` === chosen)
  return (
    <div class="below">
      {isLike ? null : (
        <p class="hint">
          They did not measure alike: {paramsText(a.value.params)} before, {paramsText(b.value.params)} now.
        </p>
      )}
      <section class="card" aria-label="Differences">
        <h2>
          From {exerciseName(a.value)} ({a.value.id}) to {exerciseName(b.value)} ({b.value.id})
        </h2>
        <ResultMatrix
          caption="Differences"
          ends={ends}
          cells={cells}
          linkOf={({ source, destination }) =>
            `${exercisePage(b.value?.id ?? 0)}/with/${before}?${new URLSearchParams({ pair: `${source},${destination}` })}`
          }
        />
      </section>
      {pair === undefined ? <p class="hint">Choose a pair to see both of its tests.</p> : <Curves pair={pair} />}
    </div>
  )
}

function Curves({ pair: { source, destination, before, after } }: { readonly pair: Compared }) {
  const curve = (test: Compared['before'], name: string) =>
    test === undefined ? [] : seriesOfTest(test, name).slice(0, 1)
  const series = [...curve(after, 'now'), ...curve(before, 'before')].filter(({ points }) => points.length > 0)
  return (
    <section class="card" aria-label={`${source} to ${destination}`}>
      <div class="row spread">
        <h2>
          {source} → {destination}
        </h2>
        <button type="button" class="button quiet" onClick={() => setQuery({ pair: '' })}>
          Close
        </button>
      </div>
      {series.length === 0 ? (
        <p class="hint">Neither has anything to draw.</p>
      ) : (
        <Chart title={`${source} to ${destination}, both times`} series={series} x="test" />
      )}
    </section>
  )
}
