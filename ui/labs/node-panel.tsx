import { useState } from 'preact/hooks'
import type { LabView, NodeView } from '#agent/port.ts'
import { part } from '../api.ts'
import { openConsole } from '../console/dock-state.ts'
import { Button } from '../parts/button.tsx'
import { Trouble } from '../parts/error-box.tsx'
import { Facts } from '../parts/field.tsx'
import { useKeys } from '../shortcuts.ts'
import { may } from '../stores.ts'
import { restart, saveConfigs } from './actions.ts'
import { LogsPart } from './logs-part.tsx'
import { SavedPart } from './saved-part.tsx'
import { SidePanel } from './side-panel.tsx'
import { LinkBadge, NodeBadge } from './state-badge.tsx'

interface NodePanelProps {
  readonly lab: LabView
  readonly node: NodeView
  onLink(id: string): void
  onClose(): void
}

/** One node: its state and where it runs, its terminal, what it prints, its configuration. */
export function NodePanel({ lab, node, onLink, onClose }: NodePanelProps) {
  const { name, host, error, doing, kind } = node
  const [saves, setSaves] = useState(0)
  const isReal = host !== null && host !== ''
  const canAct = may('operator') && isReal
  const typeIn = (): void => openConsole(lab.name, name)
  useKeys([{ keys: 'c', what: 'console of the node that is open', run: () => canAct && typeIn() }])
  return (
    <SidePanel title={name} onClose={onClose}>
      <p class="row">
        <NodeBadge node={node} />
        <span class="hint">{kind}</span>
      </p>
      {error === undefined ? null : (
        <Trouble what={error} next={doing ?? 'It is tried again by itself; the log of the lab says what was done.'} />
      )}
      {error === undefined && doing !== undefined ? <p class="hint">{doing}</p> : null}
      {!isReal ? null : (
        <p class="row">
          <Button kind="primary" disabled={!canAct} onClick={typeIn} title="A terminal in this node (c)">
            Console
          </Button>
          {canAct ? (
            <a class="button" href={`/console/${part(lab.name)}/${part(name)}`} target="_blank" rel="noreferrer">
              In its own tab
            </a>
          ) : null}
          <Button
            disabled={!canAct}
            onClick={() => restart(lab.name, name)}
            title="Ends it and starts it again, with its links"
          >
            Restart
          </Button>
          <Button
            disabled={!canAct}
            title="Keeps its running configuration; a new one of it starts with that"
            onClick={async () => {
              await saveConfigs(lab.name, [name])
              setSaves(saves + 1)
            }}
          >
            Save
          </Button>
        </p>
      )}
      <NodeFacts node={node} />
      <Interfaces lab={lab} name={name} onLink={onLink} />
      {isReal ? <LogsPart key={`logs/${name}`} lab={lab.name} node={name} /> : null}
      {isReal ? <SavedPart key={`saved/${name}/${saves}`} lab={lab.name} node={name} /> : null}
    </SidePanel>
  )
}

function NodeFacts({ node: { host, image, mgmt, ports = [] } }: { readonly node: NodeView }) {
  const addresses = [mgmt?.ipv4, mgmt?.ipv6].filter((text) => text !== undefined)
  return (
    <Facts
      rows={[
        ['Host', host === null ? 'no host yet' : host === '' ? 'on all hosts of its links' : host],
        ['Image', <code>{image === '' ? '–' : image}</code>],
        ['Management', addresses.length === 0 ? '–' : <code>{addresses.join(' ')}</code>],
        ...(ports.length === 0
          ? []
          : ([
              ['Ports', ports.map((one) => `${one.hostPort} → ${one.containerPort}/${one.protocol}`).join(', ')],
            ] as const)),
      ]}
    />
  )
}

function Interfaces({ lab, name, onLink }: { readonly lab: LabView; readonly name: string; onLink(id: string): void }) {
  const own = lab.links.flatMap((link) =>
    link.endpoints
      .filter(({ node }) => node === name)
      .map((end) => ({ link, end, others: link.endpoints.filter((one) => one !== end) })),
  )
  if (own.length === 0) return null
  return (
    <section class="facts-of">
      <h3>Interfaces</h3>
      <ul class="interfaces">
        {own.map(({ link, end, others }) => (
          <li key={`${link.id}/${end.interface}`}>
            <code>{end.interface}</code>
            {end.vendor === undefined ? null : <span class="hint">{end.vendor}</span>}
            <button type="button" class="plain link" onClick={() => onLink(link.id)}>
              {others.map((other) => `${other.node}:${other.interface}`).join(', ') || end.kind?.split(', ').at(-1)}
            </button>
            <LinkBadge link={link} />
          </li>
        ))}
      </ul>
    </section>
  )
}
