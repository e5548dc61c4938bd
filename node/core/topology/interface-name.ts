import { type Alias, NAMING_RULES, type NamingRule } from './interface-rules.ts'

/** IFNAMSIZ is 16 with the closing NUL, linux/if.h. */
const MAX_BYTES = 15
const LEGAL = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
/** `lo` is there already; `all` and `default` are folders of /proc/sys/net/ipv4/conf. */
const TAKEN = new Set(['lo', 'all', 'default'])

/** Why Linux, or a shell next to it, would trip over this interface name; undefined where it is fine. */
export function interfaceNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (!LEGAL.test(name)) return 'may hold only letters, digits, `.`, `_` and `-`, and starts with a letter or digit'
  if (name.length > MAX_BYTES) return `has ${name.length} characters; Linux allows ${MAX_BYTES}`
  return TAKEN.has(name) ? 'is a name Linux uses itself' : undefined
}

/** An interface of a node: its Linux name, and what was written where that is a vendor's; or why it can be neither. */
export type InterfaceName = { readonly name: string; readonly alias?: string } | { readonly problem: string }

const RULES: ReadonlyMap<string, NamingRule> = new Map(
  NAMING_RULES.flatMap((rule) => rule.kinds.map((kind) => [kind, rule] as const)),
)

/** The one name of an interface, however the file writes it: `ethernet-1/1` and `e1-1` of an `srl` node are both `e1-1`. */
export function interfaceName(kind: string, written: string): InterfaceName {
  const rule = RULES.get(kind)
  for (const alias of rule?.aliases ?? []) {
    const name = linuxName(alias, written)
    if (name !== undefined) return name === null ? { problem: wrong(kind, rule) } : { name, alias: written }
  }
  const problem = interfaceNameProblem(written)
  if (problem !== undefined) return { problem: rule === undefined ? problem : wrong(kind, rule) }
  // `eth0` is judged by who knows whether the node has a management network.
  return rule === undefined || rule.linux.test(written) || written === 'eth0'
    ? { name: written }
    : { problem: wrong(kind, rule) }
}

const wrong = (kind: string, rule: NamingRule | undefined): string =>
  `is none of kind \`${kind}\`, whose interfaces are called ${rule?.says ?? ''}`

/** Undefined: not written this way. Null: written this way, with a number there is not. */
function linuxName({ pattern, to, first, step = 1, slots }: Alias, written: string): string | null | undefined {
  const groups = pattern.exec(written)
  if (groups === null) return undefined
  if (first === undefined) return written.replace(pattern, to)
  const count = Number(groups[1]) * (slots ?? 1) + (slots === undefined ? 0 : Number(groups[2]))
  const number = (count - first) / step + 1
  return Number.isInteger(number) && number >= 1 ? to.replace('$1', String(number)) : null
}

/** What the software of a kind calls the interface with this Linux name; undefined where it is not known. */
export function vendorName(kind: string, name: string): string | undefined {
  const rule = RULES.get(kind)
  const groups = rule?.linux.exec(name)
  if (rule?.vendor === undefined || groups?.[1] === undefined) return undefined
  const { form, times, plus, slots } = rule.vendor
  const number = Number(groups[1])
  const isCounted = times !== undefined || plus !== undefined
  const inSlots = slots === undefined ? undefined : `${Math.floor(number / slots)}/${number % slots}`
  const first = inSlots ?? (isCounted ? String(number * (times ?? 1) + (plus ?? 0)) : groups[1])
  return form
    .replace('$1', first)
    .replace('$2', (groups[2] ?? '').replaceAll('-', '/'))
    .replaceAll('_', '/')
}

/** The interface a node of this kind has without any link. */
export const managementName = (kind: string): string => RULES.get(kind)?.management ?? 'eth0'

/** A name the first link of a node of this kind may have. */
export const firstName = (kind: string): string => RULES.get(kind)?.firstLink ?? 'eth1'

/** What people may write for the interfaces of a kind; undefined where they may write any name. */
export const interfaceWords = (kind: string): string | undefined => RULES.get(kind)?.says
