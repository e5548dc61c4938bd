import { useState } from 'preact/hooks'
import type { ScheduleView } from '#agent/port-iperf.ts'
import { DEFAULT_PARAMS } from '#core/model/iperf.ts'
import { del, part } from '../api.ts'
import { Button } from '../parts/button.tsx'
import { ConfirmName } from '../parts/dialog.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { may } from '../stores.ts'
import { count, dateText } from '../time-text.ts'
import { done } from '../toasts.ts'
import { exercisePage } from './actions.ts'
import { usePoll } from './poll.ts'
import { paramsText } from './words.ts'

const EVERY_MS = 15_000

/** What is measured again and again. */
export function Schedules() {
  const { value = [], error, load } = usePoll<readonly ScheduleView[]>('/v1/iperf/schedules', () => EVERY_MS)
  const [going, setGoing] = useState<string>()
  return (
    <section class="card" aria-label="Schedules">
      <h2>Schedules</h2>
      {error === undefined ? null : <ErrorBox error={error} />}
      <Table
        caption="Schedules"
        columns={[...COLUMNS, ...(may('operator') ? [removal(setGoing)] : [])]}
        rows={value}
        keyOf={({ name }) => name}
        empty={<p class="hint">None. A new test may be kept as one.</p>}
      />
      {going === undefined ? null : (
        <ConfirmName
          title={`Remove schedule ${going}`}
          name={going}
          action="Remove"
          run={async () => {
            await del(`/v1/iperf/schedules/${part(going)}`)
            done(`schedule ${going} is removed`)
            load()
          }}
          onClose={() => setGoing(undefined)}
        >
          <p>Nothing begins by it any more. What it measured is kept.</p>
        </ConfirmName>
      )}
    </section>
  )
}

const removal = (onRemove: (name: string) => void): Column<ScheduleView> => ({
  title: '',
  numeric: true,
  cell: ({ name }) => (
    <Button kind="quiet" label={`Remove schedule ${name}`} onClick={() => onRemove(name)}>
      Remove …
    </Button>
  ),
})

const COLUMNS: readonly Column<ScheduleView>[] = [
  { title: 'Name', cell: ({ name }) => <strong>{name}</strong> },
  { title: 'When (UTC)', cell: ({ cron }) => <code>{cron}</code> },
  { title: 'What', cell: ({ ask }) => <span title={namesOf(ask)}>{whatOf(ask)}</span> },
  { title: 'Next', cell: ({ nextMs }) => (nextMs === null ? 'never' : dateText(nextMs)) },
  {
    title: 'Last',
    cell: ({ last }) => (last === null ? 'none yet' : <a href={exercisePage(last)}>exercise {last}</a>),
  },
]

const whatOf = ({ shape, ends = [], pairs = [], params }: ScheduleView['ask']): string => {
  const whom =
    shape === 'pairs' ? count(pairs.length, 'pair') : ends.length === 0 ? 'all hosts' : `mesh of ${ends.length}`
  return `${whom}, ${paramsText({ ...DEFAULT_PARAMS, ...params })}`
}

const namesOf = ({ shape, ends = [], pairs = [] }: ScheduleView['ask']): string =>
  shape === 'mesh' ? ends.join(', ') : pairs.map(([source, destination]) => `${source} → ${destination}`).join(', ')
