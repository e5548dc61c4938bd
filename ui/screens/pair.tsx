import type { WayView } from '#agent/port.ts'
import { History } from '../mesh/history.tsx'
import { cellOf } from '../mesh/way.ts'
import { useWays, waysHeard } from '../mesh/ways.ts'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { Facts } from '../parts/field.tsx'
import { StateIcon } from '../parts/icon.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { may, nowMs } from '../stores.ts'
import { measure } from '../tests/actions.ts'
import { ageText, msText } from '../time-text.ts'
import type { ScreenProps } from './index.ts'

/** One pair of hosts, in both directions. */
export function PairScreen({ params: { from = '', to = '' } }: ScreenProps) {
  useWays()
  return (
    <>
      <div class="row head">
        <a href="/mesh">Mesh</a> <span aria-hidden="true">/</span>
        <h1>
          {from} and {to}
        </h1>
      </div>
      <div class="two">
        <Direction from={from} to={to} />
        <Direction from={to} to={from} />
      </div>
    </>
  )
}

function Direction({ from, to }: { readonly from: string; readonly to: string }) {
  const cell = cellOf(waysHeard.value, from, { to, nowMs: nowMs.value })
  const way = waysHeard.value.get(from)?.told.ways.find(({ name }) => name === to)
  return (
    <section class="card">
      <div class="row spread">
        <h2>
          {from} → {to}
        </h2>
        {may('operator') ? (
          <Button
            label={`iperf now from ${from} to ${to}`}
            onClick={() => measure({ name: `${from} to ${to}`, shape: 'pairs', pairs: [[from, to]], start: true })}
          >
            iperf now
          </Button>
        ) : null}
      </div>
      <p class={`verdict tone-${cell.tone}`}>
        <StateIcon tone={cell.tone} /> {cell.text}
      </p>
      {cell.tone === 'unknown' ? <p class="hint">{cell.detail}</p> : null}
      {way === undefined ? <EmptyState title={`${from} did not tell how it reaches ${to}.`} /> : <Way way={way} />}
      <History from={from} to={to} />
    </section>
  )
}

function Way({ way }: { readonly way: WayView }) {
  return (
    <>
      <Facts
        rows={[
          ['Last handshake', way.handshakeAgeMs === null ? 'never' : `${ageText(way.handshakeAgeMs)} ago`],
          ['WireGuard sends to', way.endpoint ?? 'nowhere yet'],
          ['Path in use', way.inUse ?? 'none'],
          ['Path chosen', way.chosen ?? 'there is one only'],
          ['Round trip of the mesh', way.roundTripMs === null ? 'not connected' : msText(way.roundTripMs)],
        ]}
      />
      <Table caption="Paths" isTitled columns={PATHS} rows={way.paths} keyOf={({ path }) => path} />
    </>
  )
}

type Path = WayView['paths'][number]

const PATHS: readonly Column<Path>[] = [
  { title: 'Path', cell: ({ path }) => path },
  { title: 'Address', cell: ({ address }) => <span class="mono">{address}</span> },
  {
    title: 'State',
    cell: ({ condition }) => (
      <Badge
        state={condition}
        tone={
          condition === 'lost' ? 'error' : condition === 'degraded' ? 'warn' : condition === 'good' ? 'ok' : 'unknown'
        }
      />
    ),
  },
  { title: 'Round trip', numeric: true, cell: ({ rttMs }) => (rttMs === null ? '–' : msText(rttMs)) },
  { title: 'Loss', numeric: true, cell: ({ loss }) => (loss === null ? '–' : `${Math.round(loss * 100)} %`) },
]
