/** Where a reader put a node in the picture. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** By node of the picture. */
export type Positions = Readonly<Record<string, Point>>

/** More are not kept: a browser gives one site about 5 MB for everything. */
const MAX_KEPT = 2_000

const keyOf = (lab: string): string => `skein.positions.${lab}`

/** What was kept, as far as it can be read. */
export function parsePositions(text: string | null): Positions {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    if (typeof value !== 'object' || value === null) return {}
    return Object.fromEntries(Object.entries(value).filter((pair): pair is [string, Point] => isPoint(pair[1])))
  } catch {
    return {}
  }
}

const isPoint = (value: unknown): value is Point =>
  typeof value === 'object' &&
  value !== null &&
  'x' in value &&
  'y' in value &&
  Number.isFinite(value.x) &&
  Number.isFinite(value.y)

/** Where this browser has the nodes of a lab; none where it keeps nothing. */
export function keptPositions(lab: string): Positions {
  try {
    return parsePositions(localStorage.getItem(keyOf(lab)))
  } catch {
    return {}
  }
}

/** Keeps where nodes are; empty forgets. A browser that keeps nothing is no error: the picture is laid out anew then. */
export function keepPositions(lab: string, positions: Positions): void {
  const rounded = Object.entries(positions)
    .slice(0, MAX_KEPT)
    .map(([id, { x, y }]) => [id, { x: Math.round(x), y: Math.round(y) }])
  try {
    if (rounded.length === 0) localStorage.removeItem(keyOf(lab))
    else localStorage.setItem(keyOf(lab), JSON.stringify(Object.fromEntries(rounded)))
  } catch {
    // See above.
  }
}
