import { plain, table } from './output.ts'
import type { Capacity, HostState } from './shapes.ts'

/** One host: what it is, what it has for lab nodes, and which are on it. */
export function hostText(host: HostState): string {
  const { name, state, role, drained, leads, votes, capacity, nodes } = host
  const what = [role, ...(drained ? ['drained'] : []), ...(leads ? ['leads'] : []), ...(votes ? ['votes'] : [])]
  const lines = [
    `host    ${name}`,
    `state   ${state}`,
    `role    ${what.join(', ')}`,
    ...(capacity === undefined
      ? []
      : [`cpus    ${amountText(capacity.cpus, '')}`, `memory  ${amountText(capacity.memoryMiB, ' MiB')}`]),
  ]
  const rows = nodes.map(({ lab, node, reason }) => [lab, node, reason ?? ''])
  const list = nodes.length === 0 ? '\nno lab nodes\n' : `\n${table(['lab', 'node', 'stays because'], rows)}`
  return `${plain(lines.join('\n'))}\n${list}`
}

/** `4, 3.2 free; 0.5 of 16 promised to lab nodes`. */
function amountText({ total, limit, promised, free }: Capacity['cpus'], unit: string): string {
  const has = total === null ? `${rounded(free)}${unit} free` : `${rounded(total)}${unit}, ${rounded(free)} free`
  return `${has}; ${rounded(promised)}${limit === null ? '' : ` of ${rounded(limit)}`} promised to lab nodes`
}

const rounded = (value: number): string => String(Math.round(value * 100) / 100)
