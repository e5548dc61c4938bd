import { canonical } from '../record/canonical.ts'

/** One key that differs between two versions of a thing. */
export interface KeyChange {
  /** For example `image`, or `env.PASSWORD`. */
  readonly key: string
  /** For people: `frr:10 → frr:11`, `added`, `gone`; values are never told where they may be secret. */
  readonly what: string
}

/** Longer values are not shown. */
const MAX_SHOWN = 40
/** What people keep passwords in. */
const SECRET = /^env\b/

/** Every key in which two plain objects differ, one level into maps of names (`env.NAME`), in order of keys. */
export function changedKeys(before: object, after: object, prefix = ''): readonly KeyChange[] {
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))]
  return [...new Set([...old.keys(), ...now.keys()])].toSorted().flatMap((name): readonly KeyChange[] => {
    const [from, to] = [old.get(name), now.get(name)]
    if (same(from, to)) return []
    if (prefix === '' && isMap(from ?? {}) && isMap(to ?? {})) return changedKeys(from ?? {}, to ?? {}, `${name}.`)
    return [{ key: prefix + name, what: how(prefix + name, from, to) }]
  })
}

function how(key: string, from: unknown, to: unknown): string {
  if (from === undefined) return 'added'
  if (to === undefined) return 'gone'
  const texts = [from, to].map(short)
  return SECRET.test(key) || texts.includes(undefined) ? 'changed' : texts.join(' → ')
}

const short = (value: unknown): string | undefined => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > MAX_SHOWN ? undefined : text
}

const same = (a: unknown, b: unknown): boolean =>
  a === undefined || b === undefined ? a === b : canonical(a) === canonical(b)

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)

/** `image frr:10 → frr:11, env.A added`. */
export const keyText = (changes: readonly KeyChange[]): string =>
  changes.map(({ key, what }) => `${key} ${what}`).join(', ')
