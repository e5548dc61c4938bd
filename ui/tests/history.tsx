import { useEffect, useState } from 'preact/hooks'
import { get } from '../api.ts'
import { Badge } from '../parts/badge.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { dateText } from '../time-text.ts'
import { exercisePage } from './actions.ts'
import { type ResultRow, rateOf } from './rows.ts'
import { taskWord, toneOfTask } from './words.ts'

const SHOWN = 8

/** What other tests of a pair came to, newest first. */
export function History({
  source,
  destination,
  not,
}: {
  readonly source: string
  readonly destination: string
  readonly not: number
}) {
  const [rows, setRows] = useState<readonly ResultRow[]>([])
  useEffect(() => {
    const query = new URLSearchParams({ source, destination })
    // Where it cannot be had the test itself is still shown.
    get<readonly ResultRow[]>(`/v1/iperf/results?${query}`).then(setRows, () => setRows([]))
  }, [source, destination])
  const others = rows.filter(({ id, startedAt }) => id !== not && startedAt !== null)
  if (others.length === 0) return null
  const shown = others.toSorted((a, b) => b.id - a.id).slice(0, SHOWN)
  return (
    <Table
      caption="The same pair at other times"
      isTitled
      columns={COLUMNS}
      rows={shown}
      keyOf={({ id }) => String(id)}
    />
  )
}

const COLUMNS: readonly Column<ResultRow>[] = [
  {
    title: 'When',
    cell: ({ id, exercise, startedAt }) => <a href={exercisePage(exercise, id)}>{dateText(startedAt ?? 0)}</a>,
  },
  { title: 'State', cell: ({ state }) => <Badge state={taskWord(state)} tone={toneOfTask(state)} /> },
  { title: 'Received', numeric: true, cell: rateOf },
  { title: 'Retransmits', numeric: true, cell: ({ retransmits }) => retransmits ?? '–' },
]
