import { StateIcon } from '../parts/icon.tsx'
import { PairTable } from '../parts/pair-table.tsx'
import { type Cell, placeOf } from './cells.ts'

interface ResultMatrixProps {
  /** What it is, read aloud. */
  readonly caption: string
  readonly ends: readonly string[]
  readonly cells: ReadonlyMap<string, Cell>
  /** Where a place leads, and what there is to see. */
  linkOf(cell: Cell): string | undefined
}

/** Source × destination: what came of each pair, an arrow for how it compares, and all of it in words. */
export function ResultMatrix({ caption, ends: all, cells, linkOf }: ResultMatrixProps) {
  const ends = all.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return (
    <div class="matrix-box">
      <PairTable
        look="results"
        caption={`${caption}: from the end of the row to the end of the column`}
        names={ends}
        cell={(from, to) => (
          <Place key={to} cell={cells.get(placeOf(from, to))} pair={`${from} to ${to}`} linkOf={linkOf} />
        )}
      />
    </div>
  )
}

interface PlaceProps extends Pick<ResultMatrixProps, 'linkOf'> {
  readonly cell: Cell | undefined
  readonly pair: string
}

function Place({ cell, pair, linkOf }: PlaceProps) {
  if (cell === undefined)
    return (
      <td class="way absent" title={`${pair}: not tested`}>
        <span aria-hidden="true">–</span>
        <span class="hidden">{pair}: not tested</span>
      </td>
    )
  const { tone, text, arrow, words } = cell
  const href = linkOf(cell)
  const shown = (
    <>
      {tone === 'plain' ? null : <StateIcon tone={tone} />}
      {text}
      {arrow === '' ? null : <span class={`arrow tone-${tone}`}>{arrow}</span>}
    </>
  )
  const title = `${pair}: ${words}`
  return (
    <td class={`way ${tone}`}>
      {href === undefined ? (
        <span class="still" title={title}>
          <span aria-hidden="true">{shown}</span>
          <span class="hidden">{title}</span>
        </span>
      ) : (
        <a href={href} title={title} aria-label={title}>
          {shown}
        </a>
      )}
    </td>
  )
}

/** What the shapes of a matrix of results mean. */
export const ResultLegend = () => (
  <p class="legend hint">
    <span>
      <StateIcon tone="ok" /> as usual or better
    </span>
    <span>
      <StateIcon tone="warn" /> below 80 % of what is usual
    </span>
    <span>
      <StateIcon tone="error" /> below 60 %, or failed
    </span>
    <span>no shape: measured, nothing to compare with</span>
    <span>
      <StateIcon tone="unknown" /> not known (hatched)
    </span>
    <span>– not tested</span>
  </p>
)
