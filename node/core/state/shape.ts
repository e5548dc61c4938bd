/** Turns what came over the network into a `T`, or undefined where it is none. */
export type Check<T> = (value: unknown) => T | undefined

type Checks = Readonly<Record<string, Check<unknown>>>
type Checked<C> = C extends Check<infer T> ? T : never
type Shape<R extends Checks, O extends Checks> = { readonly [K in keyof R]: Checked<R[K]> } & {
  readonly [K in keyof O]?: Checked<O[K]>
}

/** A string that matches; `T` is the brand the pattern stands for. */
export const text =
  <T extends string = string>(pattern: RegExp): Check<T> =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? (value as T) : undefined

/** A whole number, both ends allowed. */
export const integer =
  (from: number, to: number): Check<number> =>
  (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to ? value : undefined

/** What `check` takes, or null. */
export const orNull =
  <T>(check: Check<T>): Check<T | null> =>
  (value) =>
    value === null ? null : check(value)

/** One of these words or values. */
export const oneOf =
  <T extends string | number | boolean>(...words: readonly T[]): Check<T> =>
  (value) =>
    words.find((word) => word === value)

/** An array of two. */
export const pair =
  <A, B>(first: Check<A>, second: Check<B>): Check<readonly [A, B]> =>
  (value) => {
    if (!Array.isArray(value) || value.length !== 2) return undefined
    const a = first(value[0])
    const b = second(value[1])
    return a === undefined || b === undefined ? undefined : [a, b]
  }

/** An array of at most `max` such things. */
export const list =
  <T>(check: Check<T>, max: number): Check<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value) || value.length > max) return undefined
    const items: T[] = []
    for (const raw of value) {
      const item = check(raw)
      if (item === undefined) return undefined
      items.push(item)
    }
    return items
  }

/** An object used as a table of at most `max` rows. */
export const table =
  <K extends string, V>(key: Check<K>, check: Check<V>, max: number): Check<Readonly<Record<K, V>>> =>
  (value) => {
    if (!isObject(value)) return undefined
    const rows = Object.entries(value)
    if (rows.length > max) return undefined
    const checked: [string, V][] = []
    for (const [name, raw] of rows) {
      const item = check(raw)
      if (key(name) === undefined || item === undefined) return undefined
      checked.push([name, item])
    }
    return Object.fromEntries(checked) as Record<K, V>
  }

/** An object with these fields, in the order it has them; others are dropped. */
export function object<R extends Checks, O extends Checks = Record<never, never>>(
  required: R,
  optional?: O,
): Check<Shape<R, O>> {
  const checks = new Map<string, Check<unknown>>(Object.entries({ ...required, ...optional }))
  const needed = Object.keys(required)
  return (value) => {
    if (!isObject(value)) return undefined
    const checked: Record<string, unknown> = {}
    for (const name of Object.keys(value)) {
      const check = checks.get(name)
      if (check === undefined || value[name] === undefined) continue
      const item = check(value[name])
      if (item === undefined) return undefined
      checked[name] = item
    }
    return needed.every((name) => Object.hasOwn(checked, name)) ? (checked as Shape<R, O>) : undefined
  }
}

/** An object that is no array. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
