import type { HostView } from '#agent/port.ts'
import { part } from '../api.ts'
import { StateIcon } from '../parts/icon.tsx'
import { PairTable } from '../parts/pair-table.tsx'
import { nowMs } from '../stores.ts'
import { type Cell, cellOf } from './way.ts'
import { waysHeard } from './ways.ts'

/** Every way between two hosts, as the host at its left says: round trip, and shape and colour for how it is. */
export function Matrix({ hosts }: { readonly hosts: readonly HostView[] }) {
  const now = nowMs.value
  return (
    <div class="matrix-box">
      <PairTable
        caption="Ways between hosts: from the host of the row to the host of the column"
        names={hosts.map(({ name }) => name)}
        cell={(from, to) => <MatrixCell key={to} cell={cellOf(waysHeard.value, from, { to, nowMs: now })} />}
      />
      <Legend />
    </div>
  )
}

function MatrixCell({ cell: { from, to, tone, text, detail } }: { readonly cell: Cell }) {
  return (
    <td class={`way ${tone}`}>
      <a
        href={`/mesh/${part(from)}/${part(to)}`}
        title={`${from} → ${to}: ${detail}`}
        aria-label={`${from} to ${to}: ${text}, ${detail}`}
      >
        <StateIcon tone={tone} />
        {text}
      </a>
    </td>
  )
}

const Legend = () => (
  <p class="legend hint">
    <span>
      <StateIcon tone="ok" /> tunnel stands
    </span>
    <span>
      <StateIcon tone="warn" /> loses packets, or one path is bad
    </span>
    <span>
      <StateIcon tone="error" /> no tunnel
    </span>
    <span>
      <StateIcon tone="unknown" /> not known now
    </span>
  </p>
)
