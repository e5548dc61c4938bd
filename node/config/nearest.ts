/** The known word nearest to what was written, where few enough letters differ to be a slip; undefined otherwise. */
export const nearest = (written: string, known: readonly string[]): string | undefined => {
  const limit = Math.max(1, Math.floor(written.length / 3))
  const [best] = known
    .map((word) => ({ word, distance: editDistance(written.toLowerCase(), word.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .toSorted((a, b) => a.distance - b.distance)
  return best?.word
}

/** Letters to add, drop, replace or swap with their neighbour (optimal string alignment). */
export const editDistance = (a: string, b: string): number => {
  let older: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1]
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const steps = [at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + (isSame ? 0 : 1)]
      next.push(Math.min(...steps, isSwap ? at(older, j - 2) + 1 : Number.POSITIVE_INFINITY))
    }
    older = row
    row = next
  }
  return at(row, b.length)
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY
