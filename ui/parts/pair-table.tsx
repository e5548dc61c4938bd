import type { ComponentChildren } from 'preact'

interface PairTableProps {
  /** What it is, read aloud. */
  readonly caption: string
  readonly names: readonly string[]
  /** Beside `matrix`. */
  readonly look?: string
  /** The cell of one to another, a `td`. */
  cell(from: string, to: string): ComponentChildren
}

/** A row for each that something goes out from, a column for each that it goes to. */
export function PairTable({ caption, names, look = '', cell }: PairTableProps) {
  return (
    <table class={`matrix ${look}`.trim()}>
      <caption class="hidden">{caption}</caption>
      <thead>
        <tr>
          <td class="corner">
            <span aria-hidden="true">from ↓ to →</span>
          </td>
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
            {names.map((to) => (from === to ? <Self key={to} /> : cell(from, to)))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const Self = () => (
  <td class="self">
    <span aria-hidden="true">·</span>
  </td>
)
