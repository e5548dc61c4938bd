import { DOMAIN, type Names } from './names.ts'

/** What stands before and behind our part of hosts(5). */
export const BEGIN = '###### SKEIN-START ######'
export const END = '###### SKEIN-END ######'

/** What our part is to hold; empty where there is nothing to say. */
export function hostsLines({ nodes, hosts }: Names, taken: ReadonlySet<string>): readonly string[] {
  const here = nodes.filter(({ isHealthy }) => isHealthy)
  if (here.length === 0) return []
  const counts = new Map<string, number>()
  for (const { short } of here) for (const name of short) counts.set(name, (counts.get(name) ?? 0) + 1)
  const isClear = (name: string): boolean => counts.get(name) === 1 && !taken.has(name.toLowerCase())
  const lines = here.flatMap(({ names, short, addresses }) =>
    addresses.map((address) => [address, ...names, ...short.filter(isClear)].join(' ')),
  )
  const machines = hosts.filter(({ isHealthy }) => isHealthy).map(({ name, address }) => `${address} ${name}`)
  return [...lines.sort(), ...machines.sort()]
}

/** What became of a text: the new one, or why it is better left alone. */
export type Rewritten = { readonly text: string } | { readonly problem: string }

/** The text with these lines as our part, and all else as it was, byte by byte. Not where our marks are not in order. */
export function withBlock(text: string, lines: readonly string[]): Rewritten {
  const rows = text.split('\n')
  const begins = indexesOf(rows, BEGIN)
  const ends = indexesOf(rows, END)
  const [begin, end] = [begins[0], ends[0]]
  if (begins.length > 1 || ends.length > 1 || begins.length !== ends.length || (begin ?? 0) > (end ?? 0))
    return { problem: `its marks \`${BEGIN}\` and \`${END}\` are not in order` }
  const block = lines.length === 0 ? [] : [BEGIN, ...lines, END]
  if (begin === undefined || end === undefined) {
    if (block.length === 0) return { text }
    const body = text === '' || text.endsWith('\n') ? text : `${text}\n`
    return { text: `${body}${block.join('\n')}\n` }
  }
  return { text: [...rows.slice(0, begin), ...block, ...rows.slice(end + 1)].join('\n') }
}

const indexesOf = (rows: readonly string[], mark: string): readonly number[] =>
  rows.flatMap((row, at) => (row.trim() === mark ? [at] : []))

/** Names that somebody else has given in hosts(5), and those that must never be given. */
export function takenNames(text: string, own: string): ReadonlySet<string> {
  const rows = text.split('\n')
  const [begin, end] = [rows.indexOf(BEGIN), rows.indexOf(END)]
  const others = rows.filter((_, at) => begin < 0 || end < 0 || at < begin || at > end)
  const names = others.flatMap((row) => (row.split('#')[0] ?? '').trim().split(/\s+/).slice(1))
  return new Set(['localhost', own, DOMAIN, ...names].map((name) => name.toLowerCase()))
}
