import type { Point } from './positions.ts'

/** A cable between two places. `from` and `to`: ids of what it joins. */
export interface Segment {
  readonly from: string
  readonly to: string
}

/** A cable closer to the middle of a node it does not end in seems to end there, in pixels. */
const NEAR_PX = 34

/** How hard a picture is to read: cables through nodes that are not theirs count most, then cables that cross. 0 is best. */
export function untidiness(points: ReadonlyMap<string, Point>, segments: readonly Segment[]): number {
  const lines = segments.flatMap(({ from, to }) => {
    const [a, b] = [points.get(from), points.get(to)]
    return a === undefined || b === undefined || from === to ? [] : [{ from, to, a, b }]
  })
  let score = 0
  for (const [at, line] of lines.entries()) {
    for (const [id, point] of points)
      if (id !== line.from && id !== line.to && distance(point, line.a, line.b) < NEAR_PX) score += 3
    for (const other of lines.slice(at + 1)) {
      const isJoined = [other.from, other.to].some((id) => id === line.from || id === line.to)
      if (!isJoined && cross(line.a, line.b, other.a, other.b)) score += 1
    }
  }
  return score
}

/** The same picture, wider than high, as screens are: what stands is turned over its diagonal, which crosses nothing that was not crossed before. */
export function lying(points: ReadonlyMap<string, Point>): ReadonlyMap<string, Point> {
  const all = [...points.values()]
  const span = (of: (point: Point) => number): number => Math.max(...all.map(of)) - Math.min(...all.map(of))
  if (all.length === 0 || span(({ x }) => x) >= span(({ y }) => y)) return points
  return new Map([...points].map(([id, { x, y }]) => [id, { x: y, y: x }]))
}

/** From a point to the nearest of a line between two others. */
function distance(p: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const length = dx * dx + dy * dy
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((p.x - a.x) * dx + (p.y - a.y) * dy) / length))
  return Math.hypot(p.x - a.x - along * dx, p.y - a.y - along * dy)
}

const side = (a: Point, b: Point, p: Point): number => Math.sign((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x))

function cross(...[a, b, c, d]: readonly [Point, Point, Point, Point]): boolean {
  return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b)
}
