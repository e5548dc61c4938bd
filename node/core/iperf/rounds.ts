/** Two ends by number. */
interface Pair {
  readonly from: number
  readonly to: number
}

/** A pair by the numbers of its NICs, the lower one first; equal where both ends have one NIC. */
interface Edge {
  readonly at: number
  readonly low: number
  readonly high: number
}

/**
 * The round of each pair, from 0, so that no NIC is twice in a round. A mesh in which all pairs of NICs meet equally often gets the fewest possible
 * (the circle method), any other shape few: first fit, those with most to do first.
 */
export function planRounds(pairs: readonly Pair[], nic: (end: number) => string): readonly number[] {
  const numbers = new Map<string, number>()
  const numberOf = (end: number): number => {
    const name = nic(end)
    const known = numbers.get(name)
    if (known === undefined) numbers.set(name, numbers.size)
    return known ?? numbers.size - 1
  }
  const edges = pairs.map(({ from, to }, at): Edge => {
    const [one, other] = [numberOf(from), numberOf(to)]
    return { at, low: Math.min(one, other), high: Math.max(one, other) }
  })
  const rounds = new Table(numbers.size, pairs.length)
  const wires = edges.filter(({ low, high }) => low !== high)
  const times = timesOfMesh(wires, numbers.size)
  if (times === undefined) placeGreedy(edges, rounds)
  else {
    placeCircle(wires, { size: numbers.size, times, rounds })
    placeGreedy(
      edges.filter(({ low, high }) => low === high),
      rounds,
    )
  }
  return rounds.result
}

/** Which rounds a NIC is used in. */
class Table {
  readonly result: number[]
  readonly #used: readonly Set<number>[]
  readonly #firstFree: number[]

  constructor(nics: number, pairs: number) {
    this.result = new Array<number>(pairs).fill(0)
    this.#used = Array.from({ length: nics }, () => new Set<number>())
    this.#firstFree = new Array<number>(nics).fill(0)
  }

  place({ at, low, high }: Edge, round: number): void {
    this.result[at] = round
    for (const nic of [low, high]) {
      const used = this.#used[nic]
      used?.add(round)
      let free = this.#firstFree[nic] ?? 0
      while (used?.has(free)) free++
      this.#firstFree[nic] = free
    }
  }

  firstFree({ low, high }: Edge): number {
    const [one, other] = [this.#used[low], this.#used[high]]
    let round = Math.max(this.#firstFree[low] ?? 0, this.#firstFree[high] ?? 0)
    while (one?.has(round) || other?.has(round)) round++
    return round
  }
}

/** How often each two NICs meet, where all do equally often; undefined where they do not. */
function timesOfMesh(wires: readonly Edge[], size: number): number | undefined {
  const couples = (size * (size - 1)) / 2
  const times = wires.length / couples
  if (couples === 0 || wires.length === 0 || !Number.isInteger(times)) return undefined
  const counts = new Map<number, number>()
  for (const { low, high } of wires) counts.set(low * size + high, (counts.get(low * size + high) ?? 0) + 1)
  return counts.size === couples && [...counts.values()].every((count) => count === times) ? times : undefined
}

/**
 * A tournament: of an odd number m, pairs i and j meet in turn (i + j) mod m; of an even number the last one stands in for who would rest. Tests of
 * one couple come one after the other.
 */
function placeCircle(
  wires: readonly Edge[],
  { size, times, rounds }: { readonly size: number; readonly times: number; readonly rounds: Table },
): void {
  const turns = size % 2 === 0 ? size - 1 : size
  const met = new Map<number, number>()
  for (const edge of wires) {
    const { low, high } = edge
    const before = met.get(low * size + high) ?? 0
    met.set(low * size + high, before + 1)
    rounds.place(edge, ((high === turns ? 2 * low : low + high) % turns) * times + before)
  }
}

function placeGreedy(edges: readonly Edge[], rounds: Table): void {
  const degree = new Map<number, number>()
  for (const { low, high } of edges)
    for (const nic of low === high ? [low] : [low, high]) degree.set(nic, (degree.get(nic) ?? 0) + 1)
  const ranked = edges.map((edge) => {
    const [one, other] = [degree.get(edge.low) ?? 0, degree.get(edge.high) ?? 0]
    return { edge, most: Math.max(one, other), least: Math.min(one, other) }
  })
  ranked.sort((a, b) => b.most - a.most || b.least - a.least || a.edge.at - b.edge.at)
  for (const { edge } of ranked) rounds.place(edge, rounds.firstFree(edge))
}
