import type { PlanView } from '#agent/port.ts'
import { count } from '../time-text.ts'

/** One line of a plan: what becomes of a part, and why. */
export interface PlanRow {
  readonly sign: '+' | '~' | '-' | '='
  readonly part: 'node' | 'link' | 'file'
  readonly name: string
  /** In a word: `create`, `move`. */
  readonly change: string
  readonly where: string
  readonly why: string
}

/** `create` is +, `remove` is -, what stays is =, all else is ~. */
const signOf = (change: string): PlanRow['sign'] =>
  change === 'create' ? '+' : change === 'remove' ? '-' : change === 'keep' ? '=' : '~'

const ORDER: Readonly<Record<PlanRow['sign'], number>> = { '-': 0, '~': 1, '+': 2, '=': 3 }

/** What a plan does, what goes first; what stays comes last. */
export function planRows({ nodes, links, files }: Pick<PlanView, 'nodes' | 'links' | 'files'>): readonly PlanRow[] {
  const rows: readonly PlanRow[] = [
    ...nodes.map((node): PlanRow => {
      const why = [node.why, node.change === 'keep' || node.change === 'remove' ? '' : node.reason]
      return row('node', { ...node, where: node.host, why: joined(why) })
    }),
    ...links.map((link): PlanRow => {
      const mtu = link.pathMtu === undefined ? `MTU ${link.mtu}` : `MTU ${link.mtu}, way ${link.pathMtu}`
      const where = link.crossHost ? link.hosts.join(' ↔ ') : (link.hosts[0] ?? '')
      return row('link', { name: link.id, change: link.change, where, why: joined([link.why, mtu]) })
    }),
    ...files.map((file): PlanRow => row('file', { name: file.path, change: file.change, where: '', why: file.why })),
  ]
  return rows.toSorted((a, b) => ORDER[a.sign] - ORDER[b.sign])
}

const row = (part: PlanRow['part'], { name, change, where, why }: Omit<PlanRow, 'sign' | 'part'>): PlanRow => ({
  sign: signOf(change),
  part,
  name,
  change,
  where,
  why,
})

const joined = (texts: readonly string[]): string => texts.filter((text) => text !== '').join('; ')

/** A plan in one line: `2 to make, 1 to change, 3 stay`. */
export function planSummary(rows: readonly PlanRow[]): string {
  const of = (sign: PlanRow['sign']): number => rows.filter((one) => one.sign === sign).length
  const words: readonly (readonly [PlanRow['sign'], string])[] = [
    ['+', 'to make'],
    ['~', 'to change'],
    ['-', 'to remove'],
    ['=', 'as it is'],
  ]
  const told = words.filter(([sign]) => of(sign) > 0).map(([sign, word]) => `${of(sign)} ${word}`)
  return told.length === 0 ? 'nothing to do' : told.join(', ')
}

/** What keeps a lab from coming up, or is worth knowing before. */
export const planWarnings = ({ notes = [], missing = [] }: Pick<PlanView, 'notes' | 'missing'>): readonly string[] => [
  ...missing.map(({ image, hosts, on }) => {
    const from = on.length === 0 ? 'no host of the mesh has it' : `${on.join(', ')} has it`
    return `image ${image} is missing on ${count(hosts.length, 'host')} (${hosts.join(', ')}); ${from}`
  }),
  ...notes,
]
