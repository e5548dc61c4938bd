import type { ExerciseSummary, MatrixView } from '#agent/port-iperf.ts'
import { Button } from '../parts/button.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { navigate } from '../router.ts'
import { may } from '../stores.ts'
import { exercisePage } from '../tests/actions.ts'
import { Attached } from '../tests/attached.tsx'
import { type Cell, cellsOfMatrix } from '../tests/cells.ts'
import { ExerciseTable } from '../tests/exercise-table.tsx'
import { usePoll } from '../tests/poll.ts'
import { Reservations } from '../tests/reservations.tsx'
import { ResultLegend, ResultMatrix } from '../tests/result-matrix.tsx'
import { Schedules } from '../tests/schedules.tsx'
import '../styles/labs.css'
import '../styles/tests.css'

const isOn = ({ state }: ExerciseSummary): boolean => state === 'running' || state === 'stopping'

/** What was measured, is, and will be. */
export function TestsScreen() {
  const { value, error } = usePoll<readonly ExerciseSummary[]>('/v1/exercises', (all) =>
    all.some(isOn) ? 2_000 : 5_000,
  )
  return (
    <>
      <div class="row spread head">
        <h1>Tests</h1>
        {may('operator') ? (
          <Button kind="primary" onClick={() => navigate('/tests/+new')}>
            New test
          </Button>
        ) : null}
      </div>
      {error === undefined ? null : <ErrorBox error={error} />}
      {value === undefined ? (
        error === undefined ? (
          <p class="loading">Asking this host …</p>
        ) : null
      ) : (
        <ExerciseTable exercises={value} />
      )}
      <div class="below">
        <Newest />
        <div class="two">
          <Schedules />
          <Attached />
        </div>
        <Reservations />
      </div>
    </>
  )
}

/** The newest result of each pair, whichever exercise it is of. */
function Newest() {
  const { value, error } = usePoll<MatrixView>('/v1/iperf/matrix', () => 10_000)
  if (value !== undefined && value.cells.length === 0) return null
  return (
    <section class="card" aria-label="Newest results">
      <h2>Newest result of each pair</h2>
      {error === undefined ? null : <ErrorBox error={error} />}
      {value === undefined ? null : (
        <>
          <ResultMatrix
            caption="Newest results"
            ends={value.ends}
            cells={cellsOfMatrix(value.cells)}
            linkOf={({ exercise, test }: Cell) => (exercise === undefined ? undefined : exercisePage(exercise, test))}
          />
          <ResultLegend />
        </>
      )}
    </section>
  )
}
