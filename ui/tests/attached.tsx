import { useState } from 'preact/hooks'
import type { AttachedView } from '#agent/port-iperf.ts'
import { del, post } from '../api.ts'
import { Badge } from '../parts/badge.tsx'
import { Button, CopyButton } from '../parts/button.tsx'
import { ConfirmName, Dialog } from '../parts/dialog.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { Field } from '../parts/field.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { useSubmit } from '../parts/use-submit.ts'
import type { Tone } from '../states.ts'
import { may } from '../stores.ts'
import { done } from '../toasts.ts'
import { Ago } from './exercise-table.tsx'
import { usePoll } from './poll.ts'

const EVERY_MS = 5_000
const TONES: Readonly<Record<AttachedView['state'], Tone>> = { created: 'unknown', online: 'ok', offline: 'error' }

/** Machines that cannot run an agent, and ask for their tasks. */
export function Attached() {
  const { value = [], error, load } = usePoll<readonly AttachedView[]>('/v1/agents', () => EVERY_MS)
  const [isAdding, setAdding] = useState(false)
  const [going, setGoing] = useState<AttachedView>()
  const isAdmin = may('admin')
  return (
    <section class="card" aria-label="Attached machines">
      <div class="row spread">
        <h2>Attached machines</h2>
        {isAdmin ? <Button onClick={() => setAdding(true)}>Attach a machine …</Button> : null}
      </div>
      {error === undefined ? null : <ErrorBox error={error} />}
      <Table
        caption="Attached machines"
        columns={[...COLUMNS, ...(isAdmin ? [removal(setGoing)] : [])]}
        rows={value}
        keyOf={({ id }) => String(id)}
        empty={<p class="hint">None. A machine that cannot run Skein may ask any host for its tasks.</p>}
      />
      {isAdding ? (
        <Attach
          onClose={() => {
            setAdding(false)
            load()
          }}
        />
      ) : null}
      {going === undefined ? null : (
        <ConfirmName
          title={`Remove ${going.name}`}
          name={going.name}
          action="Remove"
          run={async () => {
            await del(`/v1/agents/${going.id}`)
            done(`${going.name} is not attached any more`)
            load()
          }}
          onClose={() => setGoing(undefined)}
        >
          <p>Its key is good for nothing any more, and tests that wait for it fail.</p>
        </ConfirmName>
      )}
    </section>
  )
}

const removal = (onRemove: (machine: AttachedView) => void): Column<AttachedView> => ({
  title: '',
  numeric: true,
  cell: (machine) => (
    <Button kind="quiet" label={`Remove ${machine.name}`} onClick={() => onRemove(machine)}>
      Remove …
    </Button>
  ),
})

const COLUMNS: readonly Column<AttachedView>[] = [
  { title: 'Name', cell: ({ name }) => <strong>{name}</strong> },
  {
    title: 'State',
    cell: ({ state }) => <Badge state={state === 'created' ? 'never registered' : state} tone={TONES[state]} />,
  },
  { title: 'Heard', cell: ({ heardAtMs }) => <Ago atMs={heardAtMs} /> },
  { title: 'By', cell: ({ home }) => home ?? '–' },
  { title: 'Address', cell: ({ address }) => <span class="mono">{address ?? '–'}</span> },
  { title: 'iperf3', cell: ({ iperfVersion }) => iperfVersion ?? '–' },
]

function Attach({ onClose }: { onClose(): void }) {
  const [name, setName] = useState('')
  const [made, setMade] = useState<AttachedView & { readonly key: string }>()
  const { error, isBusy, submit } = useSubmit(async () => setMade(await post('/v1/agents', { name })))
  return (
    <Dialog title="Attach a machine" onClose={onClose}>
      {made === undefined ? (
        <form onSubmit={submit}>
          <Field label="Name" value={name} onInput={setName} required autofocus />
          {error === undefined ? null : <ErrorBox error={error} />}
          <p class="actions">
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" kind="primary" disabled={isBusy}>
              Make its key
            </Button>
          </p>
        </form>
      ) : (
        <>
          <p>
            {made.name} proves who it is by this key, in the header <code>X-AGENT-KEY</code>.{' '}
            <strong>It is shown this once.</strong>
          </p>
          <code class="once">{made.key}</code>
          <p class="actions">
            <CopyButton text={made.key} label="Copy the key" />
          </p>
        </>
      )}
    </Dialog>
  )
}
