import type { HostView } from '#agent/port.ts'
import { part } from '../api.ts'
import { StateIcon } from '../parts/icon.tsx'
import { nowMs } from '../stores.ts'
import { type Cell, cellOf } from './way.ts'
import { waysHeard } from './ways.ts'

/** Every way between two hosts, as the host at its left says: round trip, and shape and colour for how it is. */
export function Matrix({ hosts }: { readonly hosts: readonly HostView[] }) {
  const now = nowMs.value
  const names = hosts.map(({ name }) => name)
  return (
    <div class="matrix-box">
      <table class="matrix">
        <caption class="hidden">Ways between hosts: from the host of the row to the host of the column</caption>
        <thead>
          <tr>
            <td />
            {names.map((to) => (
              <th key={to} scope="col">
                {to}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((from) => (
            <tr key={from}>
              <th scope="row">{from}</th>
              {names.map((to) =>
                from === to ? (
                  <td key={to} class="self">
                    <span aria-hidden="true">·</span>
                  </td>
                ) : (
                  <MatrixCell key={to} cell={cellOf(waysHeard.value, from, { to, nowMs: now })} />
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
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
