/** One operation of RFC 6902 (JSON Patch); only these three are ever made. */
export type PatchOp =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

type Fields = Readonly<Record<string, unknown>>

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !isList(value)
const has = (fields: Fields, key: string): boolean => Object.hasOwn(fields, key) && fields[key] !== undefined
const keysOf = (fields: Fields): readonly string[] => Object.keys(fields).filter((key) => fields[key] !== undefined)

/** As of RFC 6901: `~` and `/` in a key. */
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

/** Whether both are the same JSON; what is undefined counts as absent. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (isList(one) && isList(other))
    return one.length === other.length && one.every((value, index) => sameJson(value, other[index]))
  if (!isFields(one) || !isFields(other)) return false
  const keys = keysOf(one)
  return (
    keys.length === keysOf(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && sameJson(one[key], other[key]))
  )
}

/**
 * What makes `before` into `after`, both JSON, in order; empty where they are the same. Whatever neither a list nor an object shares is replaced as
 * a whole. `path` is where the two are in a larger value.
 */
export function patchOf(before: unknown, after: unknown, path = ''): readonly PatchOp[] {
  if (isList(before) && isList(after)) return listPatch(before, after, path)
  if (isFields(before) && isFields(after)) return fieldsPatch(before, after, path)
  return sameJson(before, after) ? [] : [{ op: 'replace', path, value: after }]
}

function fieldsPatch(before: Fields, after: Fields, path: string): readonly PatchOp[] {
  const [was, is] = [keysOf(before), keysOf(after)]
  const gone = was.filter((key) => !has(after, key))
  return [
    ...gone.map((key): PatchOp => ({ op: 'remove', path: `${path}/${escaped(key)}` })),
    ...is.flatMap((key): readonly PatchOp[] => {
      const place = `${path}/${escaped(key)}`
      return !has(before, key)
        ? [{ op: 'add', path: place, value: after[key] }]
        : patchOf(before[key], after[key], place)
    }),
  ]
}

/** What both begin and end with stays; in between, one by one, and at its end what is more or less. */
function listPatch(before: readonly unknown[], after: readonly unknown[], path: string): readonly PatchOp[] {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && sameJson(before[head], after[head])) head += 1
  let tail = 0
  while (tail < shorter - head && sameJson(before.at(-1 - tail), after.at(-1 - tail))) tail += 1
  const [wasTo, isTo] = [before.length - tail, after.length - tail]
  const both = Math.min(wasTo, isTo)
  const ops: PatchOp[] = []
  for (let at = head; at < both; at += 1) ops.push(...patchOf(before[at], after[at], `${path}/${at}`))
  for (let at = wasTo - 1; at >= both; at -= 1) ops.push({ op: 'remove', path: `${path}/${at}` })
  for (let at = both; at < isTo; at += 1) ops.push({ op: 'add', path: `${path}/${at}`, value: after[at] })
  return ops
}
