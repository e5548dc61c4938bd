import type { ExerciseSummary } from '#agent/port-iperf.ts'
import { Badge } from '../parts/badge.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { navigate } from '../router.ts'
import { view } from '../stores.ts'
import { ageText, dateText } from '../time-text.ts'
import { exerciseName, exercisePage } from './actions.ts'
import { exerciseBadge, overOf, verdictBadge } from './words.ts'

/** All exercises, newest first. */
export const ExerciseTable = ({ exercises }: { readonly exercises: readonly ExerciseSummary[] }) => (
  <Table
    caption="Exercises"
    columns={COLUMNS}
    rows={exercises}
    keyOf={({ id }) => String(id)}
    onOpen={({ id }) => navigate(exercisePage(id))}
    empty={
      <EmptyState title="Nothing was measured yet.">
        <p>
          An exercise measures the ways between hosts, lab nodes or attached machines, and never two at once on one NIC.
        </p>
      </EmptyState>
    }
  />
)

const COLUMNS: readonly Column<ExerciseSummary>[] = [
  { title: 'Number', numeric: true, cell: ({ id }) => id },
  {
    title: 'Name',
    cell: (exercise) => (
      <a href={exercisePage(exercise.id)}>
        <strong>{exerciseName(exercise)}</strong>
      </a>
    ),
  },
  { title: 'State', cell: (exercise) => <ExerciseState exercise={exercise} /> },
  { title: 'Tests over', cell: ({ states, tests }) => <Share have={overOf(states)} of={tests} /> },
  { title: 'Round', cell: roundText },
  { title: 'Verdict', cell: ({ verdict }) => <VerdictBadge verdict={verdict} /> },
  { title: 'Begun', cell: ({ startedAtMs }) => <Ago atMs={startedAtMs} /> },
  { title: 'By', cell: ({ by, schedule }) => (schedule === undefined ? by : `${by}, schedule ${schedule}`) },
]

export function ExerciseState({ exercise }: { readonly exercise: Pick<ExerciseSummary, 'state' | 'states'> }) {
  const { tone, word } = exerciseBadge(exercise)
  return <Badge state={word} tone={tone} />
}

export function VerdictBadge({ verdict }: { readonly verdict: ExerciseSummary['verdict'] }) {
  const badge = verdictBadge(verdict)
  return badge === null ? (
    <span title="Too little is known of what is usual">–</span>
  ) : (
    <Badge state={badge.word} tone={badge.tone} />
  )
}

function roundText({ state, round, rounds }: ExerciseSummary): string {
  if (rounds === 0) return '–'
  return state === 'running' || state === 'stopping' ? `${Math.min(round + 1, rounds)} of ${rounds}` : String(rounds)
}

/** How much of it is there: words first. */
const Share = ({ have, of }: { readonly have: number; readonly of: number }) => (
  <span class="share">
    <progress max={Math.max(1, of)} value={have} aria-hidden="true" />
    {have}/{of}
  </span>
)

/** How long ago, by the clock of the host whose view this is. */
export function Ago({ atMs }: { readonly atMs: number | null }) {
  const hostMs = view.value?.atMs
  if (atMs === null || hostMs === undefined) return <>–</>
  const agoMs = hostMs - atMs
  return <span title={dateText(atMs)}>{agoMs < 0 ? `in ${ageText(-agoMs)}` : `${ageText(agoMs)} ago`}</span>
}
