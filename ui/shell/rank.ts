/** Those whose text has all letters of `wanted` in order, best first: a beginning before a part before scattered letters. */
export function rank<T extends { readonly text: string }>(targets: readonly T[], wanted: string): readonly T[] {
  const letters = wanted.trim().toLowerCase()
  return targets
    .map((target) => ({ target, score: score(target.text.toLowerCase(), letters) }))
    .filter(({ score: value }) => value > 0)
    .toSorted((a, b) => b.score - a.score)
    .map(({ target }) => target)
}

function score(text: string, letters: string): number {
  if (letters === '' || text.startsWith(letters)) return 3
  if (text.includes(letters)) return 2
  let from = 0
  for (const letter of letters) {
    const at = text.indexOf(letter, from)
    if (at < 0) return 0
    from = at + 1
  }
  return 1
}
