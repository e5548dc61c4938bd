import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { useKeys } from '../shortcuts.ts'

/** `numeric`: aligned at the right, digits of one width. */
export interface Column<Row> {
  readonly title: string
  readonly numeric?: boolean
  cell(row: Row): ComponentChildren
}

interface TableProps<Row> {
  /** Says what the table is; read aloud, and shown where `isTitled`. */
  readonly caption: string
  readonly isTitled?: boolean
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  keyOf(row: Row): string
  /** What a row leads to, by click and by Enter. */
  onOpen?(row: Row): void
  readonly empty?: ComponentChildren
}

/** Rows of one kind. With `onOpen`: `j` and `k` move, Enter opens. */
export function Table<Row>({ caption, isTitled = false, columns, rows, keyOf, onOpen, empty }: TableProps<Row>) {
  const body = useRef<HTMLTableSectionElement>(null)
  useRowKeys(() => body.current, onOpen !== undefined)
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>
  return (
    <div class="table-box">
      <table>
        <caption class={isTitled ? '' : 'hidden'}>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, numeric }) => (
              <th key={title} scope="col" class={numeric === true ? 'num' : ''}>
                {title === '' ? <span class="hidden">actions</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row) => (
            <TableRow key={keyOf(row)} row={row} columns={columns} {...(onOpen === undefined ? {} : { onOpen })} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function TableRow<Row>({ row, columns, onOpen }: Pick<TableProps<Row>, 'columns' | 'onOpen'> & { readonly row: Row }) {
  const cells = columns.map(({ title, numeric, cell }) => (
    <td key={title} class={numeric === true ? 'num' : ''}>
      {cell(row)}
    </td>
  ))
  if (onOpen === undefined) return <tr>{cells}</tr>
  const isControl = (target: EventTarget | null): boolean =>
    target instanceof Element && target.closest('a, button, input, select') !== null
  return (
    <tr
      class="opens"
      tabIndex={0}
      onClick={(event) => !isControl(event.target) && onOpen(row)}
      onKeyDown={(event) => event.key === 'Enter' && !isControl(event.target) && onOpen(row)}
    >
      {cells}
    </tr>
  )
}

function useRowKeys(body: () => HTMLElement | null, isOn: boolean): void {
  const move = (by: number): void => {
    const rows = [...(body()?.querySelectorAll<HTMLElement>('tr.opens') ?? [])]
    const at = rows.findIndex((row) => row.contains(document.activeElement))
    rows[Math.min(rows.length - 1, Math.max(0, at + by))]?.focus()
  }
  useKeys(
    isOn
      ? [
          { keys: 'j', what: 'next row', run: () => move(1) },
          { keys: 'k', what: 'row before', run: () => move(-1) },
        ]
      : [],
  )
}
