/** The middle of some numbers, the mean of both middle ones; undefined where there is none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}

/**
 * Half of the 95 % interval of the median, by order statistics: no guess at how rates are spread. Below six numbers no interval is that sure; then
 * it is that of all of them. Undefined below three.
 */
export function confidenceOfMedian(values: readonly number[]): number | undefined {
  const n = values.length
  if (n < 3) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  const cut = tail(n)
  return ((sorted[n - 1 - cut] ?? 0) - (sorted[cut] ?? 0)) / 2
}

/** How many of `n` sorted values may go at each side: the most whose share of a binomial of one half stays below 2.5 %. */
function tail(n: number): number {
  let term = 0.5 ** n
  let sum = term
  let cut = 0
  while (sum + (term * (n - cut)) / (cut + 1) <= 0.025) {
    term = (term * (n - cut)) / (cut + 1)
    sum += term
    cut++
  }
  return cut
}

/** Place of the value that is next to `target`, the first of several; -1 where there is none. */
export function nearestTo(values: readonly number[], target: number): number {
  let best = -1
  let least = Number.POSITIVE_INFINITY
  for (const [at, value] of values.entries()) {
    const distance = Math.abs(value - target)
    if (distance < least) [best, least] = [at, distance]
  }
  return best
}
