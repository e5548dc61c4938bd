import { useEffect, useState } from 'preact/hooks'
import type { TokenInfo, TokenView } from '#agent/port.ts'
import { del, get, part, post } from '../api.ts'
import { Button, CopyButton } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { Field, Select } from '../parts/field.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { useSubmit } from '../parts/use-submit.ts'
import { dateText } from '../time-text.ts'
import { done } from '../toasts.ts'

const HOUR_MS = 3_600_000
const ROLES = [
  { value: 'core', text: 'core: keeps the log and may vote' },
  { value: 'worker', text: 'worker: runs lab nodes' },
  { value: 'gateway', text: 'gateway: runs lab nodes at the edge' },
] as const
const LIVES = [
  { value: '1', text: 'one hour' },
  { value: '24', text: 'one day' },
  { value: '168', text: 'one week' },
] as const

type Role = (typeof ROLES)[number]['value']
type Hours = (typeof LIVES)[number]['value']

/** Makes a token that lets a machine in, and lists those that are open. */
export function Invite({ onClose }: { onClose(): void }) {
  const [made, setMade] = useState<TokenView>()
  return (
    <Dialog title="Invite a host" onClose={onClose}>
      {made === undefined ? <Ask onMade={setMade} /> : <Once token={made} />}
      <Open key={made?.id} />
    </Dialog>
  )
}

function Ask({ onMade }: { onMade(token: TokenView): void }) {
  const [role, setRole] = useState<Role>('core')
  const [hours, setHours] = useState<Hours>('1')
  const [uses, setUses] = useState('1')
  const { error, isBusy, submit } = useSubmit(async () =>
    onMade(await post<TokenView>('/v1/tokens', { role, ttlMs: Number(hours) * HOUR_MS, uses: Number(uses) })),
  )
  return (
    <form onSubmit={submit}>
      <Select label="Role" value={role} options={ROLES} onChange={(next) => setRole(next)} />
      <Select label="Good for" value={hours} options={LIVES} onChange={(next) => setHours(next)} />
      <Field label="How many hosts may join with it" value={uses} onInput={setUses} required />
      {error === undefined ? null : <ErrorBox error={error} />}
      <p class="actions">
        <Button type="submit" kind="primary" disabled={isBusy}>
          Make a token
        </Button>
      </p>
    </form>
  )
}

function Once({ token: { token, role, expiresAt } }: { readonly token: TokenView }) {
  const line = `skein join ${token} --name NAME`
  return (
    <div>
      <p>
        It lets a {role} host in until {dateText(expiresAt)}. <strong>It is shown this once.</strong> On the new
        machine, with a name of its own in place of NAME:
      </p>
      <code class="once">{line}</code>
      <p class="actions">
        <CopyButton text={token} label="Copy the token" />
        <CopyButton text={line} label="Copy the line" />
      </p>
    </div>
  )
}

function Open() {
  const [tokens, setTokens] = useState<readonly TokenInfo[]>([])
  const load = (): void => void get<readonly TokenInfo[]>('/v1/tokens').then(setTokens, () => undefined)
  useEffect(load, [])
  const revoke = async (id: string): Promise<void> => {
    await del(`/v1/tokens/${part(id)}`)
    done(`token ${id} is revoked`)
    load()
  }
  const columns: readonly Column<TokenInfo>[] = [
    { title: 'Token', cell: ({ id }) => <code>{id.slice(0, 12)}</code> },
    { title: 'Role', cell: ({ role }) => role },
    { title: 'Ends', cell: ({ expiresAt }) => dateText(expiresAt) },
    { title: 'Uses left', numeric: true, cell: ({ usesLeft }) => usesLeft },
    { title: '', cell: ({ id }) => <Button onClick={() => revoke(id)}>Revoke</Button> },
  ]
  const open = tokens.filter(({ state }) => state === 'open')
  if (open.length === 0) return null
  return (
    <section class="below">
      <Table caption="Open tokens" isTitled columns={columns} rows={open} keyOf={({ id }) => id} />
    </section>
  )
}
