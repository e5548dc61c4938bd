import { useState } from 'preact/hooks'
import { lazy } from '../lazy.tsx'
import { HostTable } from '../mesh/host-table.tsx'
import { Lately } from '../mesh/lately.tsx'
import { Matrix } from '../mesh/matrix.tsx'
import { useWays } from '../mesh/ways.ts'
import { Button } from '../parts/button.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { place, setQuery } from '../router.ts'
import { may, view } from '../stores.ts'
import { ageText } from '../time-text.ts'
import type { MeshView } from '../view.ts'

const HostDrawer = lazy(async () => (await import('../mesh/host-drawer.tsx')).HostDrawer)
const Invite = lazy(async () => (await import('../mesh/invite.tsx')).Invite)

/** Hosts, and the ways between them. */
export function MeshScreen() {
  const [isInviting, setInviting] = useState(false)
  useWays()
  const mesh = view.value
  if (mesh === null) return <p class="loading">Asking this host …</p>
  const opened = mesh.hosts.find(({ name }) => name === place.value.query.get('host'))
  const hosts = mesh.hosts.filter(({ state }) => state !== 'left')
  return (
    <>
      <div class="row spread head">
        <h1>Mesh</h1>
        <Leads mesh={mesh} />
        {may('admin') ? (
          <Button kind="primary" onClick={() => setInviting(true)}>
            Invite a host …
          </Button>
        ) : null}
      </div>
      <div class="overview">
        <section class="card" aria-label="Ways between hosts">
          <h2>Ways between hosts</h2>
          {hosts.length > 1 ? (
            <Matrix hosts={hosts} />
          ) : (
            <EmptyState title="This mesh has one host.">
              <p>A lab runs on it all the same. To spread labs over more, invite another one.</p>
            </EmptyState>
          )}
        </section>
        <Lately />
      </div>
      <HostTable mesh={mesh} />
      {opened === undefined ? null : (
        <HostDrawer key={opened.name} host={opened} onClose={() => setQuery({ host: '' })} />
      )}
      {isInviting ? <Invite onClose={() => setInviting(false)} /> : null}
    </>
  )
}

function Leads({ mesh: { leader } }: { readonly mesh: MeshView }) {
  const { have, need } = leader.quorum
  return (
    <p class="leads">
      {leader.leader === null ? (
        <strong>Nobody leads.</strong>
      ) : (
        <>
          Led by <strong>{leader.leader}</strong> for {ageText(leader.ageMs)}, term {leader.term}
        </>
      )}
      {' · '}
      {have} of {leader.voters.length} voters heard, {need} decide
    </p>
  )
}
