/** One thing a keyboard does. `keys`: `g m` one after the other, `?`, `Ctrl+k`. */
export interface KeyBinding {
  readonly keys: string
  readonly what: string
  /** Also while something is being typed. */
  readonly always?: true
  run(): void
}

/** What is read of a key press. */
export interface Press {
  readonly key: string
  readonly ctrl: boolean
  readonly meta: boolean
  readonly alt: boolean
  /** An input, an editor or a terminal has the focus. */
  readonly isTyping: boolean
  readonly atMs: number
}

/** A second key that comes later than this begins anew. */
const SEQUENCE_MS = 1_200

/** Finds what key presses mean. `single`: false switches off those that are plain letters. */
export class KeyReader {
  #first = ''
  #firstMs = 0

  read(press: Press, bindings: readonly KeyBinding[], single: boolean): KeyBinding | undefined {
    if (press.alt) return undefined
    const key = press.ctrl || press.meta ? `Ctrl+${press.key.toLowerCase()}` : press.key
    const isPlain = !key.startsWith('Ctrl+')
    const usable = bindings.filter(({ always }) => always === true || (!press.isTyping && (single || !isPlain)))
    const before = press.atMs - this.#firstMs <= SEQUENCE_MS ? this.#first : ''
    const found = (before === '' ? undefined : by(usable, `${before} ${key}`)) ?? by(usable, key)
    const begins = found === undefined && isPlain && usable.some(({ keys }) => keys.startsWith(`${key} `))
    this.#first = begins ? key : ''
    this.#firstMs = press.atMs
    return found
  }
}

const by = (bindings: readonly KeyBinding[], keys: string): KeyBinding | undefined =>
  bindings.findLast((binding) => binding.keys === keys)
