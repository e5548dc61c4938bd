import { CONTAINER_KINDS } from './containers.ts'
import { MACHINE_KINDS } from './machines.ts'
import type { VendorKind } from './vendor-kind.ts'

/** Every kind of a vendor there is, in the order of the docs. */
export const VENDOR_KINDS: readonly VendorKind[] = [...CONTAINER_KINDS, ...MACHINE_KINDS]

const BY_NAME: ReadonlyMap<string, VendorKind> = new Map(
  VENDOR_KINDS.flatMap((kind) => kind.names.map((name) => [name, kind] as const)),
)

/** The kind that goes by a name; undefined where none does. */
export const vendorKind = (name: string): VendorKind | undefined => BY_NAME.get(name)

/** All names of all of them. */
export const VENDOR_NAMES: readonly string[] = [...BY_NAME.keys()]

/** What the words of a kind may stand for. */
export interface WordValues {
  readonly node: string
  readonly type: string
  readonly env: Readonly<Record<string, string>>
}

/** A word of a kind with its `{…}` filled in; what is unknown becomes nothing. */
export const fillWord = (word: string, { node, type, env }: WordValues): string =>
  word.replaceAll(/\{(setenv|node|type|[A-Z][A-Z0-9_]*)\}(?!\})/g, (all, name: string, at: number) => {
    // `${NAME}` is a variable of the shell inside.
    if (word[at - 1] === '$') return all
    if (name === 'node') return node
    if (name === 'type') return type
    return name === 'setenv' ? setenv(env) : (env[name] ?? '')
  })

/** As arguments of systemd for its services, quoted for a POSIX shell. */
const setenv = (env: WordValues['env']): string =>
  Object.entries(env)
    .map(([name, value]) => `systemd.setenv='${`${name}=${value}`.replaceAll("'", `'\\''`)}'`)
    .join(' ')
