import { useState } from 'preact/hooks'
import type { LabSummary } from '#agent/port.ts'
import { part } from '../api.ts'
import { saveTopology } from '../labs/actions.ts'
import { matches } from '../labs/graph.ts'
import { LabDown } from '../labs/lab-down.tsx'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { navigate } from '../router.ts'
import { isStale, may, view } from '../stores.ts'
import { ageText, dateText } from '../time-text.ts'
import '../styles/labs.css'

const NEW = '/labs/+new'

/** All labs of the mesh, and the way to a new one. */
export function LabsScreen() {
  const [filter, setFilter] = useState('')
  const [going, setGoing] = useState<string>()
  const mesh = view.value
  if (mesh === null) return <p class="loading">Asking this host …</p>
  const labs = mesh.labs.filter(({ name, state, hosts }) => matches(filter, name, state, ...hosts))
  return (
    <>
      <div class="row spread labs-head">
        <h1>Labs</h1>
        <div class="row">
          <input
            type="search"
            class="search"
            placeholder="Filter (/)"
            aria-label="Filter by name, state or host"
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
          <Button kind="primary" disabled={!may('operator')} onClick={() => navigate(NEW)}>
            New lab
          </Button>
        </div>
      </div>
      <Table
        caption="Labs of the mesh"
        columns={columns(setGoing)}
        rows={labs}
        keyOf={({ name }) => name}
        onOpen={({ name }) => navigate(`/labs/${part(name)}`)}
        empty={
          mesh.labs.length === 0 ? (
            <NoLabs />
          ) : (
            <EmptyState title={`No lab has “${filter}” in its name, state or hosts.`} />
          )
        }
      />
      {going === undefined ? null : <LabDown lab={going} onClose={() => setGoing(undefined)} />}
    </>
  )
}

const NoLabs = () => (
  <EmptyState title="No lab runs on this mesh yet.">
    <p>A lab is a containerlab file: paste one, or drop it in.</p>
    <p>
      <Button kind="primary" disabled={!may('operator')} onClick={() => navigate(NEW)}>
        New lab
      </Button>
    </p>
  </EmptyState>
)

/** Bars are words first: `3/4`, with how much of it is there behind. */
const Share = ({ have, of }: { readonly have: number; readonly of: number }) => (
  <span class="share">
    <progress max={Math.max(1, of)} value={of === 0 ? 1 : have} aria-hidden="true" />
    {have}/{of}
  </span>
)

/** How long ago a lab was last asked for otherwise, by the clock of the host whose view this is. */
function LastChange({ atMs }: { readonly atMs: number | undefined }) {
  const hostMs = view.value?.atMs
  if (atMs === undefined || hostMs === undefined) return <>–</>
  return <span title={dateText(atMs)}>{ageText(hostMs - atMs)} ago</span>
}

const columns = (onDown: (lab: string) => void): readonly Column<LabSummary>[] => [
  {
    title: 'Name',
    cell: ({ name }) => (
      <a href={`/labs/${part(name)}`}>
        <strong>{name}</strong>
      </a>
    ),
  },
  {
    title: 'State',
    cell: ({ state }) => <Badge state={state} {...(isStale.value ? { tone: 'unknown' as const } : {})} />,
  },
  { title: 'Nodes running', cell: ({ nodes: { running, total } }) => <Share have={running} of={total} /> },
  { title: 'Links up', cell: ({ links: { up, total } }) => <Share have={up} of={total} /> },
  { title: 'Hosts', cell: ({ hosts }) => hosts.join(', ') || 'none yet' },
  { title: 'Revision', numeric: true, cell: ({ generation }) => generation },
  { title: 'Last change', numeric: true, cell: ({ changedAtMs }) => <LastChange atMs={changedAtMs} /> },
  {
    title: '',
    cell: ({ name }) => (
      <span class="row end">
        <Button kind="quiet" label={`Export ${name}`} onClick={() => saveTopology(name)}>
          Export
        </Button>
        <Button
          kind="quiet"
          label={`Clone ${name}`}
          disabled={!may('operator')}
          onClick={() => navigate(`${NEW}?from=${part(name)}`)}
        >
          Clone
        </Button>
        <Button kind="quiet" label={`Take ${name} down`} disabled={!may('operator')} onClick={() => onDown(name)}>
          Down
        </Button>
      </span>
    ),
  },
]
