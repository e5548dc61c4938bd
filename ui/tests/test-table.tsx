import { useState } from 'preact/hooks'
import type { TestView } from '#agent/port-iperf.ts'
import { call } from '../api.ts'
import { matches } from '../labs/graph.ts'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { setQuery } from '../router.ts'
import { may } from '../stores.ts'
import { done } from '../toasts.ts'
import { cameTo } from './cells.ts'
import { changeOf, taskWord, toneOfTask } from './words.ts'

/** More rows than anybody reads make pages slow. */
const SHOWN = 200

/** Every test in a row: all that the matrix says, in words. */
export function TestTable({ tests, onChange }: { readonly tests: readonly TestView[]; onChange(): void }) {
  const [filter, setFilter] = useState('')
  const inOrder = tests.toSorted((a, b) => a.round - b.round || a.id - b.id)
  const found = inOrder.filter(({ source, destination, state, error = '' }) =>
    matches(filter, `${source} → ${destination}`, taskWord(state), error),
  )
  const canCancel = may('operator') && tests.some(({ state }) => OPEN.has(state))
  return (
    <section class="below" aria-label="Tests">
      <div class="row spread tests-head">
        <h2>Tests</h2>
        <input
          type="search"
          class="search"
          placeholder="Filter (/)"
          aria-label="Filter tests by end, state or error"
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      </div>
      <Table
        caption="Tests"
        columns={[...COLUMNS, ...(canCancel ? [cancel(onChange)] : [])]}
        rows={found.slice(0, SHOWN)}
        keyOf={({ id }) => String(id)}
        onOpen={({ id }) => setQuery({ test: String(id) })}
        empty={<EmptyState title={tests.length === 0 ? 'It has no tests yet.' : `No test has “${filter}” in it.`} />}
      />
      {found.length > SHOWN ? (
        <p class="hint">
          {SHOWN} of {found.length} are shown: filter to see others.
        </p>
      ) : null}
    </section>
  )
}

const OPEN: ReadonlySet<TestView['state']> = new Set(['pending', 'accepted', 'running'])

const cancel = (onChange: () => void): Column<TestView> => ({
  title: '',
  numeric: true,
  cell: ({ state, client, source, destination }) =>
    OPEN.has(state) ? (
      <Button
        kind="quiet"
        label={`Cancel ${source} to ${destination}`}
        onClick={async () => {
          await call('POST', `/v1/tasks/${client.id}/cancel`)
          done(`${source} → ${destination} is canceled`)
          onChange()
        }}
      >
        Cancel
      </Button>
    ) : null,
})

const COLUMNS: readonly Column<TestView>[] = [
  { title: 'Round', numeric: true, cell: ({ round }) => round + 1 },
  { title: 'Source', cell: ({ source }) => source },
  { title: 'Destination', cell: ({ destination }) => destination },
  { title: 'State', cell: ({ state }) => <Badge state={taskWord(state)} tone={toneOfTask(state)} /> },
  { title: 'Result', numeric: true, cell: (test) => cameTo(test) ?? '–' },
  { title: 'Compared', cell: ({ result }) => (result === undefined ? '–' : comparedText(result)) },
  {
    title: 'Retransmits, loss',
    numeric: true,
    cell: ({ result }) =>
      result?.lossRatio === undefined ? (result?.retransmits ?? '–') : `${(result.lossRatio * 100).toFixed(2)} %`,
  },
  { title: 'Why', cell: ({ error }) => error ?? '' },
]

function comparedText({ baseline }: NonNullable<TestView['result']>): string {
  const { arrow, words } = changeOf(baseline?.ratio)
  return baseline === undefined ? '–' : `${arrow} ${words}`
}
