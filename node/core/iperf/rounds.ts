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
 * (the circle method); of any other shape the better of that and of first fit, those with most to do first.
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
  const [circle, greedy] = [new Table(numbers.size, edges.length), new Table(numbers.size, edges.length)]
  const isWithin = ({ low, high }: Edge): boolean => low === high
  placeCircle(
    edges.filter((edge) => !isWithin(edge)),
    numbers.size,
    circle,
  )
  placeGreedy(edges.filter(isWithin), circle)
  if (circle.rounds <= leastRounds(edges, numbers.size)) return circle.result
  placeGreedy(edges, greedy)
  return (circle.rounds <= greedy.rounds ? circle : greedy).result
}

/** Which rounds a NIC is used in. */
class Table {
  readonly result: number[]
  rounds = 0
  readonly #used: readonly Set<number>[]
  readonly #firstFree: number[]

  constructor(nics: number, pairs: number) {
    this.result = new Array<number>(pairs).fill(0)
    this.#used = Array.from({ length: nics }, () => new Set<number>())
    this.#firstFree = new Array<number>(nics).fill(0)
  }

  place({ at, low, high }: Edge, round: number): void {
    this.result[at] = round
    this.rounds = Math.max(this.rounds, round + 1)
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

/**
 * A tournament: of an odd number m, pairs i and j meet in turn (i + j) mod m; of an even number the last one stands in for who would rest. Tests of
 * one couple come one after the other, and a turn takes as long as the couple with most of them.
 */
function placeCircle(wires: readonly Edge[], size: number, table: Table): void {
  const turns = size % 2 === 0 ? size - 1 : size
  const turnOf = ({ low, high }: Edge): number => (high === turns ? 2 * low : low + high) % turns
  const met = new Map<number, number>()
  const lengths = new Array<number>(Math.max(0, turns)).fill(0)
  const places = wires.map((edge) => {
    const couple = edge.low * size + edge.high
    const before = met.get(couple) ?? 0
    met.set(couple, before + 1)
    const turn = turnOf(edge)
    lengths[turn] = Math.max(lengths[turn] ?? 0, before + 1)
    return { edge, turn, before }
  })
  const begins: number[] = []
  lengths.reduce((sum, length, turn) => {
    begins[turn] = sum
    return sum + length
  }, 0)
  for (const { edge, turn, before } of places) table.place(edge, (begins[turn] ?? 0) + before)
}

/** How many pairs each NIC is in. */
function degreesOf(edges: readonly Edge[]): ReadonlyMap<number, number> {
  const degrees = new Map<number, number>()
  for (const { low, high } of edges)
    for (const nic of low === high ? [low] : [low, high]) degrees.set(nic, (degrees.get(nic) ?? 0) + 1)
  return degrees
}

/** No plan has fewer: the busiest NIC needs a round for each of its pairs, and two NICs are busy in each pair. */
const leastRounds = (edges: readonly Edge[], nics: number): number => {
  const wires = edges.filter(({ low, high }) => low !== high).length
  return Math.max(0, ...degreesOf(edges).values(), nics < 2 ? 0 : Math.ceil(wires / Math.floor(nics / 2)))
}

function placeGreedy(edges: readonly Edge[], rounds: Table): void {
  const degree = degreesOf(edges)
  const ranked = edges.map((edge) => {
    const [one, other] = [degree.get(edge.low) ?? 0, degree.get(edge.high) ?? 0]
    return { edge, most: Math.max(one, other), least: Math.min(one, other) }
  })
  ranked.sort((a, b) => b.most - a.most || b.least - a.least || a.edge.at - b.edge.at)
  for (const { edge } of ranked) rounds.place(edge, rounds.firstFree(edge))
}
