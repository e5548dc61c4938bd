/** One step of RFC 6902; only these three are ever sent. */
export type PatchOp =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/** `value` after all steps in order. What a step does not touch stays the very same object; throws RangeError where a place is not there. */
export function applyPatch(value: unknown, ops: readonly PatchOp[]): unknown {
  return ops.reduce((now, op) => step(now, pointer(op.path), op), value)
}

/** RFC 6901: `~1` is a slash, `~0` a tilde. */
const pointer = (path: string): string[] =>
  path === ''
    ? []
    : path
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

function step(value: unknown, [key, ...rest]: readonly string[], op: PatchOp): unknown {
  if (key === undefined) return op.op === 'remove' ? undefined : op.value
  if (Array.isArray(value)) return inArray(value, key, { rest, op })
  if (typeof value === 'object' && value !== null) return inObject(value, key, { rest, op })
  throw new RangeError(`no place ${op.path}`)
}

interface Left {
  readonly rest: readonly string[]
  readonly op: PatchOp
}

function inArray(list: readonly unknown[], key: string, { rest, op }: Left): unknown[] {
  const at = key === '-' ? list.length : Number(key)
  const isNew = rest.length === 0 && op.op === 'add'
  if (!Number.isInteger(at) || at < 0 || at > list.length || (at === list.length && !isNew))
    throw new RangeError(`no place ${op.path}`)
  if (rest.length > 0) return list.with(at, step(list[at], rest, op))
  if (op.op === 'remove') return list.toSpliced(at, 1)
  return op.op === 'add' ? list.toSpliced(at, 0, op.value) : list.with(at, op.value)
}

function inObject(object: object, key: string, { rest, op }: Left): object {
  const members = new Map<string, unknown>(Object.entries(object))
  const isNew = rest.length === 0 && op.op === 'add'
  if (!members.has(key) && !isNew) throw new RangeError(`no place ${op.path}`)
  if (rest.length > 0) members.set(key, step(members.get(key), rest, op))
  else if (op.op === 'remove') members.delete(key)
  else members.set(key, op.value)
  return Object.fromEntries(members)
}
