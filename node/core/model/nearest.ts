/** Longer words get no suggestion: nobody mistypes them by two letters, and comparing costs length × length. */
const MAX_WORD = 64

/** The candidate a mistyped word most likely means, or undefined where none is near: up to a third of its letters differ. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD) return undefined
  const limit = Math.max(1, Math.floor(word.length / 3))
  let best: string | undefined
  let bestRank = limit + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > limit) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    // Of two equally near, people mean the one that begins as they did: `bind` is `binds`, not `kind`.
    const rank = distance + (candidate.charAt(0).toLowerCase() === word.charAt(0).toLowerCase() ? 0 : 0.5)
    if (distance <= limit && rank < bestRank) [best, bestRank] = [candidate, rank]
  }
  return best
}

/** ` Did you mean …?` with a leading blank, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearest(word, candidates)
  return near === undefined ? '' : ` Did you mean \`${near}\`?`
}

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let twoAgo: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const least = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, replaced)
      current.push(swapped ? Math.min(least, (twoAgo[j - 2] ?? 0) + 1) : least)
    }
    twoAgo = previous
    previous = current
  }
  return previous[b.length] ?? 0
}
