import { useState } from 'preact/hooks'
import type { ExerciseView } from '#agent/port-iperf.ts'
import { Button } from '../parts/button.tsx'
import { ConfirmName } from '../parts/dialog.tsx'
import { ErrorBox, Trouble } from '../parts/error-box.tsx'
import { navigate, place, setQuery } from '../router.ts'
import { may, view } from '../stores.ts'
import {
  exerciseName,
  exercisePage,
  exercisePath,
  removeExercise,
  startExercise,
  stopExercise,
} from '../tests/actions.ts'
import { cellsOfTests } from '../tests/cells.ts'
import { seriesOfExercise } from '../tests/chart-data.ts'
import { Ago, ExerciseState, VerdictBadge } from '../tests/exercise-table.tsx'
import { Chart } from '../tests/lazy-chart.ts'
import { usePoll } from '../tests/poll.ts'
import { Progress } from '../tests/progress.tsx'
import { ResultLegend, ResultMatrix } from '../tests/result-matrix.tsx'
import { TestDrawer } from '../tests/test-drawer.tsx'
import { TestTable } from '../tests/test-table.tsx'
import { paramsText } from '../tests/words.ts'
import type { ScreenProps } from './index.ts'
import '../styles/labs.css'
import '../styles/tests.css'

/** More than that is no matrix any more that anybody reads; the table has all of it. */
const MANY_ENDS = 40

const isOn = ({ state }: ExerciseView): boolean => state === 'running' || state === 'stopping'

/** One exercise: how far it is, and what came of it. */
export function ExerciseScreen({ params: { exercise = '' } }: ScreenProps) {
  const path = exercisePath(Number(exercise))
  const { value, error, load } = usePoll<ExerciseView>(path, (one) => (isOn(one) ? 1_000 : 5_000))
  const test = value?.all.find(({ id }) => String(id) === place.value.query.get('test'))
  if (value === undefined)
    return error === undefined ? <p class="loading">Asking this host …</p> : <Missing id={exercise} error={error} />
  return (
    <>
      <Head exercise={value} onChange={load} />
      {error === undefined ? null : <ErrorBox error={error} />}
      <Exercise exercise={value} onChange={load} />
      {test === undefined ? null : <TestDrawer key={test.id} test={test} onClose={() => setQuery({ test: '' })} />}
    </>
  )
}

const Missing = ({ id, error }: { readonly id: string; readonly error: unknown }) => (
  <>
    <div class="row head">
      <a href="/tests">Tests</a> <span aria-hidden="true">/</span>
      <h1>{id}</h1>
    </div>
    <ErrorBox error={error} />
  </>
)

interface PartProps {
  readonly exercise: ExerciseView
  onChange(): void
}

function Head({ exercise, onChange }: PartProps) {
  const { id, by, schedule, startedAtMs, params, verdict } = exercise
  return (
    <>
      <div class="row spread head">
        <div class="row">
          <a href="/tests">Tests</a> <span aria-hidden="true">/</span>
          <h1>{exerciseName(exercise)}</h1>
          <ExerciseState exercise={exercise} />
          {verdict === null ? null : <VerdictBadge verdict={verdict} />}
        </div>
        <Buttons exercise={exercise} onChange={onChange} />
      </div>
      <p class="hint">
        Number {id}, planned by {by}
        {schedule === undefined ? '' : ` for schedule ${schedule}`}
        {startedAtMs === null ? null : (
          <>
            , begun <Ago atMs={startedAtMs} />
          </>
        )}{' '}
        · {paramsText(params)}
      </p>
      <PlannerLost exercise={exercise} />
    </>
  )
}

function PlannerLost({ exercise }: Pick<PartProps, 'exercise'>) {
  const planner = view.value?.hosts.find(({ name }) => name === exercise.by)
  if (!isOn(exercise) || (planner?.state !== 'down' && planner?.state !== 'left')) return null
  return (
    <Trouble
      tone="warn"
      what={`${exercise.by}, which planned this, is down.`}
      cause="The others have the plan and go on with it; only tests with an end on it fail."
    />
  )
}

function Buttons({ exercise, onChange }: PartProps) {
  const [isRemoving, setRemoving] = useState(false)
  const after = (act: (one: ExerciseView) => Promise<void>) => async () => {
    await act(exercise)
    onChange()
  }
  const { id, state, tests } = exercise
  const name = exerciseName(exercise)
  return (
    <div class="row">
      {may('operator') ? (
        <>
          {state === 'created' ? (
            <Button
              kind="primary"
              disabled={tests === 0}
              title={tests === 0 ? 'It has no tests' : ''}
              onClick={after(startExercise)}
            >
              Start
            </Button>
          ) : null}
          {isOn(exercise) ? (
            <Button kind="danger" disabled={state === 'stopping'} onClick={after(stopExercise)}>
              Stop
            </Button>
          ) : null}
          <Button disabled={tests === 0} onClick={() => navigate(`/tests/+new?from=${id}`)}>
            Once more …
          </Button>
        </>
      ) : null}
      <a class="button" href={`${exercisePage(id)}/with`}>
        Compare …
      </a>
      <a class="button" href={`${exercisePath(id)}/results?format=csv`} download={`exercise-${id}.csv`}>
        CSV
      </a>
      {may('operator') && !isOn(exercise) ? (
        <Button kind="danger" onClick={() => setRemoving(true)}>
          Remove …
        </Button>
      ) : null}
      {isRemoving ? (
        <ConfirmName
          title={`Remove ${name}`}
          name={name}
          action="Remove"
          run={async () => {
            await removeExercise(exercise)
            navigate('/tests')
          }}
          onClose={() => setRemoving(false)}
        >
          <p>What was measured by it is forgotten on every host, also as what later tests are compared with.</p>
        </ConfirmName>
      ) : null}
    </div>
  )
}

function Exercise({ exercise, onChange }: PartProps) {
  const { all, ends } = exercise
  const series = seriesOfExercise(exercise)
  return (
    <>
      {all.length === 0 ? null : <Progress exercise={exercise} />}
      {all.length === 0 || ends.length > MANY_ENDS ? null : (
        <section class="card" aria-label="Results">
          <h2>Source × destination</h2>
          <ResultMatrix
            caption="Results"
            ends={ends}
            cells={cellsOfTests(all)}
            linkOf={({ test }) => (test === undefined ? undefined : exercisePage(exercise.id, test))}
          />
          <ResultLegend />
        </section>
      )}
      {(series[0]?.points.length ?? 0) < 2 || exercise.params.tool === 'ping' ? null : (
        <section class="card" aria-label="Rates">
          <h2>Received rates, as tests ended</h2>
          <Chart title="Received rates" series={series} x="day" />
        </section>
      )}
      <TestTable tests={all} onChange={onChange} />
    </>
  )
}
