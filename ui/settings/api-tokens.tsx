import { useEffect, useState } from 'preact/hooks'
import type { ApiTokenView } from '#agent/port.ts'
import { del, get, part, post } from '../api.ts'
import { Button, CopyButton } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { Field, Select } from '../parts/field.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { useSubmit } from '../parts/use-submit.ts'
import { dateText } from '../time-text.ts'
import { done } from '../toasts.ts'
import type { Role } from '../view.ts'
import { ROLE_OPTIONS } from './roles.ts'

type Made = ApiTokenView & { readonly token: string }

const DAY_MS = 86_400_000
const LIVES = [
  { value: '1', text: 'one day' },
  { value: '30', text: '30 days' },
  { value: '90', text: '90 days' },
  { value: '365', text: 'one year' },
] as const

/** What programs show in place of a login, good on every host. */
export function ApiTokens() {
  const [tokens, setTokens] = useState<readonly ApiTokenView[]>([])
  const [error, setError] = useState<unknown>()
  const [isAsking, setAsking] = useState(false)
  const load = (): void => void get<readonly ApiTokenView[]>('/v1/api-tokens').then(setTokens, setError)
  useEffect(load, [])
  const revoke = async ({ id, name }: ApiTokenView): Promise<void> => {
    await del(`/v1/api-tokens/${part(id)}`)
    done(`API token ${name} is revoked on all hosts`)
    load()
  }
  const columns: readonly Column<ApiTokenView>[] = [
    { title: 'Name', cell: ({ name }) => <strong>{name}</strong> },
    { title: 'Id', cell: ({ id }) => <code>{id}</code> },
    { title: 'Role', cell: ({ role }) => role },
    { title: 'Made', cell: ({ createdAtMs }) => dateText(createdAtMs) },
    { title: 'Ends', cell: ({ expiresAtMs }) => dateText(expiresAtMs) },
    {
      title: '',
      numeric: true,
      cell: (token) => (
        <Button kind="danger" onClick={() => revoke(token)} label={`Revoke ${token.name}`}>
          Revoke
        </Button>
      ),
    },
  ]
  const close = (): void => {
    setAsking(false)
    load()
  }
  return (
    <section class="card">
      <div class="row spread">
        <h2>API tokens</h2>
        <Button onClick={() => setAsking(true)}>Make a token …</Button>
      </div>
      {error === undefined ? null : <ErrorBox error={error} />}
      <Table
        caption="API tokens"
        columns={columns}
        rows={tokens}
        keyOf={({ id }) => id}
        empty={<EmptyState title="No program has a token." />}
      />
      {isAsking ? <MakeToken onClose={close} /> : null}
    </section>
  )
}

function MakeToken({ onClose }: { onClose(): void }) {
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const [days, setDays] = useState<(typeof LIVES)[number]['value']>('90')
  const [made, setMade] = useState<Made>()
  const { error, isBusy, submit } = useSubmit(async () =>
    setMade(await post<Made>('/v1/api-tokens', { name, role, ttlMs: Number(days) * DAY_MS })),
  )
  if (made !== undefined)
    return (
      <Dialog title="API token" onClose={onClose}>
        <p>
          <strong>It is shown this once.</strong> Programs send it as <code>Authorization: Bearer …</code>
        </p>
        <code class="once">{made.token}</code>
        <p class="actions">
          <CopyButton text={made.token} />
        </p>
      </Dialog>
    )
  return (
    <Dialog title="Make an API token" onClose={onClose}>
      <form onSubmit={submit}>
        <Field label="What it is for" value={name} onInput={setName} hint="Letters, digits and ._@-" required />
        <Select label="Role" value={role} options={ROLE_OPTIONS} onChange={(next) => setRole(next)} />
        <Select label="Good for" value={days} options={LIVES} onChange={(next) => setDays(next)} />
        {error === undefined ? null : <ErrorBox error={error} />}
        <p class="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={isBusy}>
            Make it
          </Button>
        </p>
      </form>
    </Dialog>
  )
}
