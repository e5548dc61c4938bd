import { useState } from 'preact/hooks'
import type { HostReconciled, LinkView } from '#agent/port.ts'
import { Button } from '../parts/button.tsx'
import { Trouble } from '../parts/error-box.tsx'
import { may } from '../stores.ts'
import { reconcile } from './actions.ts'
import { CapturePart } from './capture-part.tsx'
import { ImpairPart } from './impair-part.tsx'
import { type FactsOf, linkFacts, tunnelQuarrel } from './link-facts.ts'
import { ReconcileResult } from './reconcile-result.tsx'
import { SidePanel } from './side-panel.tsx'
import { LinkBadge } from './state-badge.tsx'

interface LinkPanelProps {
  readonly lab: string
  readonly link: LinkView
  onClose(): void
}

/** One link: what is wrong and why, both ends as wanted and as seen, and what can be done about it. */
export function LinkPanel({ lab, link, onClose }: LinkPanelProps) {
  const [found, setFound] = useState<readonly HostReconciled[]>()
  const ends = link.endpoints.map((end) => `${end.node}:${end.interface}`).join(' ↔ ')
  const quarrel = tunnelQuarrel(link)
  const wrong = quarrel ?? link.error
  return (
    <SidePanel title={ends} onClose={onClose}>
      <p class="row">
        <LinkBadge link={link} />
        <span class="hint">{link.vni === null ? 'on one host' : `across hosts, VNI ${link.vni}`}</span>
        {link.pathMtu !== undefined && link.mtu !== null && link.mtu > link.pathMtu ? (
          <span class="hint">packets above {link.pathMtu} bytes go in pieces</span>
        ) : null}
      </p>
      {wrong === undefined ? null : (
        <Trouble
          what={wrong}
          cause={quarrel === undefined ? undefined : link.error}
          next={link.doing ?? 'It is repaired by itself; Repair now does not wait for that.'}
        />
      )}
      {wrong === undefined && link.doing !== undefined ? <p class="hint">{link.doing}</p> : null}
      <p class="row">
        <Button disabled={!may('operator')} title={MAY} onClick={async () => setFound(await reconcile(lab))}>
          Repair now
        </Button>
        {may('operator') && link.endpoints.length === 2 ? (
          <a class="button" href={measureLink(lab, link)}>
            Measure …
          </a>
        ) : null}
      </p>
      {found === undefined ? null : <ReconcileResult hosts={found} />}
      {linkFacts(link).map((facts) => (
        <FactsTable key={facts.title} {...facts} />
      ))}
      <ImpairPart key={`impair/${link.id}`} lab={lab} link={link} />
      <CapturePart key={`capture/${link.id}`} lab={lab} link={link} />
    </SidePanel>
  )
}

/** To a new test between both ends of the link. */
function measureLink(lab: string, { endpoints }: LinkView): string {
  const pair = endpoints.map((end) => `${lab}/${end.node}:${end.interface}`).join(',')
  return `/tests/+new?${new URLSearchParams({ pair })}`
}

const MAY = 'Every host of the lab looks now, and mends what is not as it should be'

function FactsTable({ title, host, names, facts }: FactsOf) {
  return (
    <section class="facts-of">
      <h3>
        {title} {host === null || title.endsWith(` on ${host}`) ? null : <span class="hint">on {host}</span>}
      </h3>
      {names.length === 0 ? null : (
        <p class="names">
          {names.map(([what, name]) => (
            <span key={what}>
              <span class="hint">{what}</span> <code>{name}</code>
            </span>
          ))}
        </p>
      )}
      <table class="wanted-seen">
        <caption class="hidden">{title}: wanted and seen</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">what</span>
            </th>
            <th scope="col">wanted</th>
            <th scope="col">seen</th>
          </tr>
        </thead>
        <tbody>
          {facts.map(({ name, wanted, seen, isOff }) => (
            <tr key={name} class={isOff ? 'off' : ''}>
              <th scope="row">{name}</th>
              <td>{wanted}</td>
              <td>
                {seen ?? '–'}
                {isOff ? <strong> ✕ differs</strong> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
