import type { TestReservation } from '#agent/port-iperf.ts'
import { ErrorBox } from '../parts/error-box.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { nowMs, view } from '../stores.ts'
import { ageText, clockText } from '../time-text.ts'
import { usePoll } from './poll.ts'
import { type Bar, barsOf } from './timeline.ts'

const EVERY_MS = 2_000

/** What tests hold now, and until when at the latest. */
export function Reservations() {
  const { value = [], error } = usePoll<readonly TestReservation[]>('/v1/ports/reservations', () => EVERY_MS)
  // Bars move on between answers.
  void nowMs.value
  const bars = barsOf(value, view.value?.atMs ?? Date.now())
  return (
    <section class="card" aria-label="Reservations">
      <h2>Reserved now</h2>
      {error === undefined ? null : <ErrorBox error={error} />}
      <Table
        caption="NICs and ports that tests hold"
        columns={COLUMNS}
        rows={bars}
        keyOf={({ held: { type, of, port, test } }) => `${type} ${of} ${port ?? ''} ${test}`}
        empty={<p class="hint">Nothing: no test uses a NIC or a port now.</p>}
      />
    </section>
  )
}

const COLUMNS: readonly Column<Bar>[] = [
  {
    title: 'What',
    cell: ({ held: { type, of, port } }) => (type === 'nic' ? `NIC of ${of}` : `port ${port} of ${of}`),
  },
  { title: 'By', cell: ({ held: { test } }) => `test ${test}` },
  { title: 'Since', cell: ({ held: { sinceMs } }) => clockText(sinceMs) },
  {
    title: 'Freed at the latest',
    cell: ({ held: { untilMs }, leftMs }) => `${clockText(untilMs)}, in ${ageText(leftMs)}`,
  },
  {
    title: 'Time',
    cell: ({ start, width, now }) => (
      <span class="time-bar" aria-hidden="true">
        <span class="held" style={{ left: `${start}%`, width: `${width}%` }} />
        <span class="now" style={{ left: `${now}%` }} />
      </span>
    ),
  },
]
