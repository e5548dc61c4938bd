import { useEffect, useState } from 'preact/hooks'
import type { HostDetail, HostView } from '#agent/port.ts'
import { del, get, part, post } from '../api.ts'
import { Button } from '../parts/button.tsx'
import { ConfirmName, Drawer } from '../parts/dialog.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { Facts } from '../parts/field.tsx'
import { SignedBy } from '../signed/signed-by.tsx'
import { may } from '../stores.ts'
import { done } from '../toasts.ts'
import { HostState, heardText } from './host-table.tsx'

/** One host: what is on it, drain and remove, and whether what it says is signed by it. */
export function HostDrawer({ host, onClose }: { readonly host: HostView; onClose(): void }) {
  const [detail, setDetail] = useState<HostDetail>()
  const [error, setError] = useState<unknown>()
  const load = (): void => void get<HostDetail>(`/v1/hosts/${part(host.name)}`).then(setDetail, setError)
  useEffect(load, [host.name, host.drained, host.state])
  return (
    <Drawer title={host.name} onClose={onClose}>
      <HostFacts host={host} />
      {error === undefined ? null : <ErrorBox error={error} />}
      {detail === undefined ? null : <Nodes detail={detail} />}
      <h3>Signatures</h3>
      <ul class="plain-list">
        <li>
          What it says of itself: <SignedBy kind="heartbeat" recordKey={host.id} />
        </li>
        <li>
          That it is a member: <SignedBy kind="roster" recordKey="mesh" />
        </li>
      </ul>
      {may('admin') && detail !== undefined && host.state !== 'left' ? (
        <Actions detail={detail} onDone={load} onGone={onClose} />
      ) : null}
    </Drawer>
  )
}

function HostFacts({ host }: { readonly host: HostView }) {
  return (
    <Facts
      rows={[
        ['State', <HostState key="state" host={host} />],
        ...(host.reason === undefined ? [] : [['Why', host.reason] as const]),
        ['Last heard', heardText(host)],
        ['Role', host.role],
        ['Addresses', host.addresses.join(', ') || '–'],
        ['In the mesh', host.overlayAddress],
        ['Can', host.capabilities?.join(', ') ?? 'what every host can'],
        ['Version', host.version ?? 'not known'],
        ['Id', <code key="id">{host.id}</code>],
      ]}
    />
  )
}

function Nodes({ detail: { nodes, votes, leads, voteReason } }: { readonly detail: HostDetail }) {
  return (
    <section>
      <h3>On it</h3>
      <p>
        {leads ? 'It leads. ' : ''}
        {votes ? 'It has a vote.' : 'It has no vote.'} {voteReason}
      </p>
      {nodes.length === 0 ? (
        <p class="hint">No lab nodes.</p>
      ) : (
        <ul class="plain-list">
          {nodes.map(({ lab, node, reason }) => (
            <li key={`${lab}/${node}`}>
              <a href={`/labs/${part(lab)}`}>{lab}</a> · {node}
              {reason === null ? '' : `: ${reason}`}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

interface ActionsProps {
  readonly detail: HostDetail
  onDone(): void
  onGone(): void
}

function Actions({ detail: { name, drained, nodes, state }, onDone, onGone }: ActionsProps) {
  const [asked, ask] = useState<'drain' | 'remove'>()
  const mark = async (verb: 'drain' | 'undrain'): Promise<void> => {
    await post(`/v1/hosts/${part(name)}/${verb}`)
    done(
      verb === 'drain' ? `${name} is drained: it gets nothing new, and what it has moves` : `${name} is in use again`,
    )
    onDone()
  }
  const remove = async (): Promise<void> => {
    const isLost = state === 'down' && nodes.length > 0
    await del(`/v1/hosts/${part(name)}${isLost ? '?force=true' : ''}`)
    done(`${name} is no member any more`)
    onGone()
  }
  return (
    <p class="actions">
      {drained ? (
        <Button onClick={() => mark('undrain')}>Use again</Button>
      ) : (
        <Button onClick={() => ask('drain')}>Drain …</Button>
      )}
      <Button kind="danger" onClick={() => ask('remove')}>
        Remove …
      </Button>
      {asked === 'drain' ? (
        <ConfirmName
          title={`Drain ${name}`}
          name={name}
          action="Drain"
          run={() => mark('drain')}
          onClose={() => ask(undefined)}
        >
          <p>
            It gets nothing new. Nodes that may move are made anew on other hosts; those that are pinned to it stay.
          </p>
        </ConfirmName>
      ) : null}
      {asked === 'remove' ? (
        <ConfirmName
          title={`Remove ${name}`}
          name={name}
          action="Remove for good"
          run={remove}
          onClose={() => ask(undefined)}
        >
          <p>It is no member of the mesh any more, and its key never comes back.</p>
          {nodes.length === 0 ? null : (
            <p>
              {nodes.length} lab nodes are on it
              {state === 'down'
                ? ': they are made anew elsewhere, what was in them is lost.'
                : '; drain it first, or it is refused.'}
            </p>
          )}
        </ConfirmName>
      ) : null}
    </p>
  )
}
