import { useRef, useState } from 'preact/hooks'
import { placeOf } from './cells.ts'
import { allOf, type Chosen, columnOf, howMany, rowOf, toggle } from './picker.ts'

interface PickerProps {
  readonly ends: readonly string[]
  readonly chosen: Chosen
  onChange(chosen: Chosen): void
}

const MOVES: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

/** Which pairs are measured: a place, a row, a column, all. One stop of the Tab key; arrows move in it. */
export function PickerMatrix({ ends, chosen, onChange }: PickerProps) {
  const ref = useRef<HTMLTableElement>(null)
  const [at, setAt] = useState<readonly [row: number, column: number]>([0, 0])
  const [row, column] = [Math.min(at[0], ends.length), Math.min(at[1], ends.length)]
  const flip = (places: readonly string[]): void => onChange(toggle(chosen, places))
  const move = (event: KeyboardEvent): void => {
    const by = MOVES[event.key]
    if (by === undefined) return
    event.preventDefault()
    const next = stepFrom([row, column], by, ends.length)
    setAt(next)
    ref.current?.querySelector<HTMLElement>(`[data-at="${next.join(' ')}"]`)?.focus()
  }
  const head = (place: readonly [number, number], label: string, places: readonly string[]) => (
    <HeadButton
      at={place}
      label={label}
      many={howMany(chosen, places)}
      isStop={place[0] === row && place[1] === column}
      onPress={() => {
        setAt(place)
        flip(places)
      }}
    />
  )
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its buttons and boxes are what is pressed, arrows only move between them
    <div class="matrix-box" onKeyDown={move}>
      <table class="matrix picker" ref={ref}>
        <caption class="hidden">Pairs to measure: from the end of the row to the end of the column</caption>
        <thead>
          <tr>
            <td>{head([0, 0], 'all', allOf(ends))}</td>
            {ends.map((to, index) => (
              <th key={to} scope="col">
                {head([0, index + 1], to, columnOf(ends, to))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ends.map((from, index) => (
            <tr key={from}>
              <th scope="row">{head([index + 1, 0], from, rowOf(ends, from))}</th>
              {ends.map((to, other) => (
                <td key={to} class={from === to ? 'self' : ''}>
                  {from === to ? (
                    <span aria-hidden="true">·</span>
                  ) : (
                    <input
                      type="checkbox"
                      data-at={`${index + 1} ${other + 1}`}
                      tabIndex={row === index + 1 && column === other + 1 ? 0 : -1}
                      aria-label={`${from} to ${to}`}
                      title={`${from} → ${to}`}
                      checked={chosen.has(placeOf(from, to))}
                      onFocus={() => setAt([index + 1, other + 1])}
                      onChange={() => flip([placeOf(from, to)])}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The next place that is something; the same one at a border. */
function stepFrom(
  [row, column]: readonly [number, number],
  [down, right]: readonly [number, number],
  many: number,
): readonly [number, number] {
  const next = [row + down, column + right] as const
  const isSelf = next[0] === next[1] && next[0] > 0
  const place = isSelf ? ([next[0] + down, next[1] + right] as const) : next
  return place.every((index) => index >= 0 && index <= many) ? place : [row, column]
}

interface HeadProps {
  readonly at: readonly [number, number]
  readonly label: string
  readonly many: 'all' | 'some' | 'none'
  readonly isStop: boolean
  onPress(): void
}

function HeadButton({ at: [row, column], label, many, isStop, onPress }: HeadProps) {
  const what = row === 0 && column === 0 ? 'All pairs' : row === 0 ? `All to ${label}` : `All from ${label}`
  return (
    <button
      type="button"
      class="plain"
      data-at={`${row} ${column}`}
      tabIndex={isStop ? 0 : -1}
      aria-pressed={many === 'some' ? 'mixed' : many === 'all'}
      aria-label={what}
      title={what}
      onClick={onPress}
    >
      {label}
    </button>
  )
}
