/** Wrong tries a pair of address and name has before it must wait, and those an address has for all names together. */
interface FreeTries {
  readonly free: number
  readonly ofAddress: number
}

const OF_PEOPLE: FreeTries = { free: 5, ofAddress: 30 }
/** How long the wait may grow, and in which time tries are forgotten. */
const LONGEST_MS = 60_000
const FORGET_MS = 600_000
/** Pairs and addresses kept; the oldest go first. */
const MAX_KEPT = 10_000

interface Tries {
  readonly wrong: number
  readonly free: number
  readonly lastMs: number
}

/**
 * Makes guessing slow: who was wrong some times waits, twice as long each time. It counts by where the tries come from, so that nobody can
 * lock others out. Times are ms of one clock that never jumps.
 */
export class LoginLimiter {
  readonly #tries = new Map<string, Tries>()
  readonly #free: FreeTries

  constructor(free: FreeTries = OF_PEOPLE) {
    this.#free = free
  }

  /** How long `address` must wait before it may try `name`; 0 where it may now. */
  waitMs(address: string, name: string, nowMs: number): number {
    const waits = [pairOf(address, name), networkOf(address)].map((key) => untilMs(this.#of(key, nowMs)) - nowMs)
    return Math.max(0, ...waits)
  }

  /** A try begins: it counts as wrong until it was {@link right}, or {@link takeBack taken back}. Answers how many of this pair were wrong, this one included. */
  begin(address: string, name: string, nowMs: number): number {
    this.#count(networkOf(address), this.#free.ofAddress, nowMs)
    return this.#count(pairOf(address, name), this.#free.free, nowMs)
  }

  /** A try was not wrong: what this pair did before is forgotten, and of its address this one. */
  right(address: string, name: string): void {
    this.#tries.delete(pairOf(address, name))
    this.#less(networkOf(address))
  }

  /** A try came to nothing: it is as if it had not been. */
  takeBack(address: string, name: string): void {
    this.#less(networkOf(address))
    this.#less(pairOf(address, name))
  }

  #less(key: string): void {
    const tries = this.#tries.get(key)
    if (tries === undefined) return
    if (tries.wrong > 1) this.#tries.set(key, { ...tries, wrong: tries.wrong - 1 })
    else this.#tries.delete(key)
  }

  #of(key: string, nowMs: number): Tries | undefined {
    const tries = this.#tries.get(key)
    return tries === undefined || nowMs - tries.lastMs > FORGET_MS ? undefined : tries
  }

  #count(key: string, free: number, nowMs: number): number {
    const wrong = (this.#of(key, nowMs)?.wrong ?? 0) + 1
    this.#tries.delete(key)
    this.#tries.set(key, { wrong, free, lastMs: nowMs })
    for (const oldest of this.#tries.keys()) {
      if (this.#tries.size <= MAX_KEPT) break
      this.#tries.delete(oldest)
    }
    return wrong
  }
}

const untilMs = (tries: Tries | undefined): number =>
  tries === undefined || tries.wrong < tries.free
    ? 0
    : tries.lastMs + Math.min(LONGEST_MS, 1_000 * 2 ** (tries.wrong - tries.free))

/** One who has IPv6 has a whole network of 64 bits. */
const networkOf = (address: string): string => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  return plain.includes(':') ? fullIpv6(plain).slice(0, 4).join(':') : plain
}

function fullIpv6(address: string): readonly string[] {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const [left, right] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')))
  const gap = Array.from({ length: Math.max(0, 8 - (left?.length ?? 0) - (right?.length ?? 0)) }, () => '0')
  return [...(left ?? []), ...gap, ...(right ?? [])]
}

const pairOf = (address: string, name: string): string => `${networkOf(address)} ${name}`
