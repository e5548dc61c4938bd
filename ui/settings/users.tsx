import { useEffect, useState } from 'preact/hooks'
import type { UserView } from '#agent/port.ts'
import { del, get, part, put } from '../api.ts'
import { Button } from '../parts/button.tsx'
import { ConfirmName, Dialog } from '../parts/dialog.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { Field, Select } from '../parts/field.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { useSubmit } from '../parts/use-submit.ts'
import { done } from '../toasts.ts'
import type { Role } from '../view.ts'
import { ROLE_OPTIONS } from './roles.ts'

type Asked =
  | { readonly type: 'edit'; readonly user: UserView | undefined }
  | { readonly type: 'remove'; readonly user: UserView }

/** Who may sign in, on every host. */
export function Users() {
  const [users, setUsers] = useState<readonly UserView[]>([])
  const [error, setError] = useState<unknown>()
  const [asked, ask] = useState<Asked>()
  const load = (): void => void get<readonly UserView[]>('/v1/users').then(setUsers, setError)
  const close = (): void => {
    ask(undefined)
    load()
  }
  useEffect(load, [])
  const columns: readonly Column<UserView>[] = [
    { title: 'Name', cell: ({ name }) => <strong>{name}</strong> },
    { title: 'Role', cell: ({ role }) => role },
    {
      title: '',
      numeric: true,
      cell: (user) => (
        <>
          <Button onClick={() => ask({ type: 'edit', user })} label={`Change ${user.name}`}>
            Change …
          </Button>{' '}
          <Button kind="danger" onClick={() => ask({ type: 'remove', user })} label={`Remove ${user.name}`}>
            Remove …
          </Button>
        </>
      ),
    },
  ]
  return (
    <section class="card">
      <div class="row spread">
        <h2>People</h2>
        <Button onClick={() => ask({ type: 'edit', user: undefined })}>Add a person …</Button>
      </div>
      {error === undefined ? null : <ErrorBox error={error} />}
      <Table caption="People" columns={columns} rows={users} keyOf={({ name }) => name} />
      {asked?.type === 'edit' ? <EditUser user={asked.user} onClose={close} /> : null}
      {asked?.type === 'remove' ? <RemoveUser name={asked.user.name} onClose={close} /> : null}
    </section>
  )
}

function RemoveUser({ name, onClose }: { readonly name: string; onClose(): void }) {
  const run = async (): Promise<void> => {
    await del(`/v1/users/${part(name)}`)
    done(`${name} may not sign in any more`)
  }
  return (
    <ConfirmName title={`Remove ${name}`} name={name} action="Remove" run={run} onClose={onClose}>
      <p>Every session of theirs ends, on all hosts.</p>
    </ConfirmName>
  )
}

function EditUser({ user, onClose }: { readonly user: UserView | undefined; onClose(): void }) {
  const [name, setName] = useState(user?.name ?? '')
  const [role, setRole] = useState<Role>(user?.role ?? 'viewer')
  const [password, setPassword] = useState('')
  const { error, isBusy, submit } = useSubmit(async () => {
    await put(`/v1/users/${part(name)}`, { role, ...(password === '' ? {} : { password }) })
    done(user === undefined ? `${name} may sign in now` : `${name} is changed`)
    onClose()
  })
  return (
    <Dialog title={user === undefined ? 'Add a person' : `Change ${user.name}`} onClose={onClose}>
      <form onSubmit={submit}>
        {user === undefined ? <Field label="Name" value={name} onInput={setName} required /> : null}
        <Select label="Role" value={role} options={ROLE_OPTIONS} onChange={(next) => setRole(next)} />
        <Field
          label={user === undefined ? 'Password' : 'New password'}
          type="password"
          autocomplete="new-password"
          value={password}
          onInput={setPassword}
          required={user === undefined}
          hint={
            user === undefined
              ? 'They change it in their settings.'
              : 'Empty: it stays. A change of role or password ends their sessions.'
          }
        />
        {error === undefined ? null : <ErrorBox error={error} />}
        <p class="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={isBusy}>
            Save
          </Button>
        </p>
      </form>
    </Dialog>
  )
}
