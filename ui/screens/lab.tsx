import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { HostReconciled, LabView } from '#agent/port.ts'
import { part } from '../api.ts'
import { reconcile, saveConfigs, saveTopology } from '../labs/actions.ts'
import { JobLog } from '../labs/job-log.tsx'
import { LabDown } from '../labs/lab-down.tsx'
import { LinksTable, NodesTable } from '../labs/lab-tables.tsx'
import { LinkPanel } from '../labs/link-panel.tsx'
import { NodePanel } from '../labs/node-panel.tsx'
import { ReconcileResult } from '../labs/reconcile-result.tsx'
import { TopologyCard } from '../labs/topology-card.tsx'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { Trouble } from '../parts/error-box.tsx'
import { navigate, place, setQuery } from '../router.ts'
import { SignedBy } from '../signed/signed-by.tsx'
import { isStale, may, view, watchLab } from '../stores.ts'
import type { ScreenProps } from './index.ts'
import '../styles/labs.css'

const TABLE_ID = 'lab-tables'

/** One lab as it is: picture, links, nodes, what happened; and what can be done to it. */
export function LabScreen({ params: { lab: name = '' } }: ScreenProps) {
  useEffect(() => {
    watchLab(name)
    return () => watchLab(null)
  }, [name])
  const mesh = view.value
  const last = useRef<LabView | undefined>(undefined)
  if (mesh?.lab?.name === name) last.current = mesh.lab
  const isThere = mesh === null || mesh.labs.some((one) => one.name === name)
  // After a cut the first snapshot comes without the lab: what was seen of it stays until the next.
  const lab = isThere || mesh.lab?.name === name ? last.current : undefined
  // The mesh changes twice a second, a lab seldom; what did not change is not drawn anew.
  const shown = useMemo(() => (lab === undefined ? undefined : <Lab lab={lab} />), [lab])
  if (shown !== undefined) return shown
  if (isThere) return <p class="loading">Asking this host …</p>
  return (
    <EmptyState title={`There is no lab ${name}, as ${mesh.self.name} sees it.`}>
      <a href="/labs">All labs</a>
    </EmptyState>
  )
}

function Lab({ lab }: { readonly lab: LabView }) {
  const { query } = place.value
  const open = ({ node = '', link = '' }: { readonly node?: string; readonly link?: string }): void =>
    setQuery({ node, link })
  const link = lab.links.find(({ id }) => id === query.get('link'))
  const node = lab.nodes.find(({ name }) => name === query.get('node'))
  const close = (): void => open({})
  return (
    <>
      <Head lab={lab} />
      <div class={`lab ${link === undefined && node === undefined ? '' : 'with-side'}`}>
        <div class="lab-main">
          <TopologyCard lab={lab} node={node?.name} link={link?.id} onOpen={open} tableId={TABLE_ID} />
          <Tables lab={lab} onOpen={open} />
        </div>
        {link === undefined ? null : <LinkPanel key={link.id} lab={lab.name} link={link} onClose={close} />}
        {node === undefined ? null : (
          <NodePanel key={node.name} lab={lab} node={node} onLink={(id) => open({ link: id })} onClose={close} />
        )}
      </div>
    </>
  )
}

function Head({ lab }: { readonly lab: LabView }) {
  const [isGoing, setGoing] = useState(false)
  const [found, setFound] = useState<readonly HostReconciled[]>()
  const { name, state, generation, waiting, notes } = lab
  const isUp = (one: { readonly state: string }): boolean => one.state === 'up'
  const running = lab.nodes.filter((node) => node.state === 'running').length
  const mayAct = may('operator')
  return (
    <header class="lab-head">
      <div class="row spread">
        <h1 class="row">
          <span>
            <a href="/labs">Labs</a> <span class="hint">/</span> {name}
          </span>
          <Badge state={state} {...(isStale.value ? { tone: 'unknown' as const } : {})} />
        </h1>
        <div class="row">
          <Button
            disabled={!mayAct}
            title="Every host of the lab looks now, and mends what is not as it should be"
            onClick={async () => setFound(await reconcile(name))}
          >
            Reconcile
          </Button>
          <Button
            disabled={!mayAct}
            title="Keeps the running configuration of every node that can"
            onClick={() => saveConfigs(name)}
          >
            Save all
          </Button>
          <Button disabled={!mayAct} onClick={() => navigate(`/labs/${part(name)}/edit`)}>
            Edit
          </Button>
          <Button
            disabled={!mayAct}
            title="A new lab from the topology of this one"
            onClick={() => navigate(`/labs/+new?from=${part(name)}`)}
          >
            Clone
          </Button>
          <Button title="The topology as a file" onClick={() => saveTopology(name)}>
            Export
          </Button>
          <Button kind="danger" disabled={!mayAct} onClick={() => setGoing(true)}>
            Take down
          </Button>
        </div>
      </div>
      <p class="hint">
        {running} of {lab.nodes.length} nodes run · {lab.links.filter(isUp).length} of {lab.links.length} links up ·
        revision {generation}, <SignedBy key={generation} kind="intent" recordKey={name} />
      </p>
      {waiting === undefined ? null : (
        <Trouble tone="warn" what="It waits." cause={waiting.message} next="It goes on by itself once that is there." />
      )}
      {notes.length === 0 ? null : (
        <details class="notes">
          <summary>{notes.length === 1 ? 'One note of a host' : `${notes.length} notes of hosts`}</summary>
          <ul>
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      )}
      {found === undefined ? null : <ReconcileResult hosts={found} />}
      {isGoing ? <LabDown lab={name} onClose={() => setGoing(false)} onDone={() => navigate('/labs')} /> : null}
    </header>
  )
}

const TABS = ['links', 'nodes', 'log'] as const
type Tab = (typeof TABS)[number]
const tabOf = (text: string | null): Tab => TABS.find((one) => one === text) ?? 'links'

function Tables({
  lab,
  onOpen,
}: {
  readonly lab: LabView
  onOpen(what: { readonly node?: string; readonly link?: string }): void
}) {
  const tab = tabOf(place.value.query.get('tab'))
  const counts = { links: ` ${lab.links.length}`, nodes: ` ${lab.nodes.length}`, log: '' }
  return (
    <section id={TABLE_ID} aria-label="Tables">
      <div class="tabs" role="tablist" aria-label="Tables">
        {TABS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            aria-selected={one === tab}
            aria-controls="tab-shown"
            onClick={() => setQuery({ tab: one === 'links' ? '' : one })}
          >
            {one === 'log' ? 'Job log' : one[0]?.toUpperCase() + one.slice(1)}
            {counts[one]}
          </button>
        ))}
      </div>
      <div id="tab-shown" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === 'links' ? <LinksTable lab={lab} onOpen={(link) => onOpen({ link })} /> : null}
        {tab === 'nodes' ? <NodesTable lab={lab} onOpen={(node) => onOpen({ node })} /> : null}
        {tab === 'log' ? <JobLog lab={lab.name} /> : null}
      </div>
    </section>
  )
}
