import type { HostView } from '#agent/port.ts'
import { Badge } from '../parts/badge.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { setQuery } from '../router.ts'
import { isStale, view } from '../stores.ts'
import { ageText, dateText, mibText } from '../time-text.ts'
import type { MeshView } from '../view.ts'
import { waysHeard } from './ways.ts'

/** Every host of the mesh in a row; opens the host. */
export function HostTable({ mesh }: { readonly mesh: MeshView }) {
  return (
    <Table
      caption="Hosts"
      columns={COLUMNS}
      rows={mesh.hosts}
      keyOf={({ id }) => id}
      onOpen={({ name }) => setQuery({ host: name })}
    />
  )
}

const COLUMNS: readonly Column<HostView>[] = [
  { title: 'Host', cell: (host) => <HostName host={host} /> },
  { title: 'State', cell: (host) => <HostState host={host} /> },
  { title: 'Last heard', numeric: true, cell: (host) => heardText(host) },
  { title: 'Address', cell: ({ addresses }) => <span class="mono">{addresses[0] ?? '–'}</span> },
  { title: 'WireGuard paths from here', cell: ({ name }) => <Paths name={name} /> },
  { title: 'Labs', cell: ({ name }) => labsOf(name).join(', ') || '–' },
  {
    title: 'CPU free',
    numeric: true,
    cell: ({ capacity }) => <Free amount={capacity?.cpus} text={(value) => value.toFixed(1)} />,
  },
  { title: 'Memory free', numeric: true, cell: ({ capacity }) => <Free amount={capacity?.memoryMiB} text={mibText} /> },
  { title: 'Certificate ends', cell: ({ name }) => certificateText(name) },
  { title: 'Version', cell: ({ version }) => version ?? '–' },
]

function HostName({ host: { name, role, drained } }: { readonly host: HostView }) {
  const { leader, self } = view.value ?? {}
  return (
    <span class="host-name">
      <strong>{name}</strong>
      <span class="tag">{role}</span>
      {leader?.leader === name ? <span class="tag strong">leads</span> : null}
      {self?.name === name ? <span class="tag">this view</span> : null}
      {drained === true ? <span class="tag warn">drained</span> : null}
    </span>
  )
}

/** What was so when this host was last heard is not certain any more. */
export function HostState({ host: { state, reason } }: { readonly host: HostView }) {
  const title = isStale.value ? 'this view is old' : reason
  return (
    <Badge state={state} {...(isStale.value ? { tone: 'unknown' } : {})} {...(title === undefined ? {} : { title })} />
  )
}

/** When a host was last heard, in words. */
export const heardText = ({ name, ageMs }: HostView): string => {
  if (view.value?.self.name === name) return '–'
  if (ageMs === null) return 'never'
  return ageMs < 1_500 ? 'just now' : `${ageText(ageMs)} ago`
}

function Paths({ name }: { readonly name: string }) {
  const peer = view.value?.paths.find((one) => one.name === name)
  if (peer === undefined) return <>–</>
  return (
    <span class="paths">
      {peer.paths.map(({ path, condition }) => (
        <Badge
          key={path}
          state={`${path}${peer.inUse === path ? ' (in use)' : ''}`}
          tone={
            condition === 'good' ? 'ok' : condition === 'lost' ? 'error' : condition === 'degraded' ? 'warn' : 'unknown'
          }
          title={condition}
        />
      ))}
    </span>
  )
}

/** Labs with nodes on a host. */
const labsOf = (host: string): readonly string[] =>
  (view.value?.labs ?? []).filter(({ hosts }) => hosts.includes(host)).map(({ name }) => name)

interface Amount {
  readonly total: number | null
  readonly free: number
}

function Free({ amount, text }: { readonly amount: Amount | undefined; text(value: number): string }) {
  if (amount === undefined) return <>–</>
  const { total, free } = amount
  return (
    <span class="free">
      {text(free)}
      {total === null ? null : (
        <>
          <span class="hint"> of {text(total)}</span>
          <meter
            min={0}
            max={total}
            value={Math.max(0, total - free)}
            aria-label={`${text(Math.max(0, total - free))} used`}
          />
        </>
      )}
    </span>
  )
}

const certificateText = (host: string): string => {
  const endMs = waysHeard.value.get(host)?.told.certificateEndMs
  return endMs === undefined || endMs === null ? 'not known' : dateText(endMs).slice(0, 10)
}
