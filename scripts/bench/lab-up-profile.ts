/** Where the time of a `lab up` went, read from the logs of the agents. */

interface Line {
  readonly time: string
  readonly msg: string
  readonly op?: string
  readonly resource?: string
  readonly command?: string
  readonly ms?: number
}

/** The lines of a log since a moment, in ms of the wall clock. What is no JSON is left out. */
export const linesSince = (log: string, sinceMs: number): readonly Line[] =>
  log.split('\n').flatMap((text) => {
    const line = text.startsWith('{') ? (JSON.parse(text) as Line) : undefined
    return line !== undefined && Date.parse(line.time) >= sinceMs ? [line] : []
  })

/** By kind of resource: how many were made, and when the first and the last of them was done, in s since `sinceMs`. */
export const timeline = (lines: readonly Line[], sinceMs: number): string => {
  const done = lines.filter(({ msg, op }) => msg === 'done' && op !== 'delete')
  const rows = [...Map.groupBy(done, ({ resource = '' }) => resource.split('/')[0] ?? '')].map(([kind, all]) => {
    const times = all.map(({ time }) => (Date.parse(time) - sinceMs) / 1000).toSorted((a, b) => a - b)
    return `    ${kind.padEnd(14)} ${String(all.length).padStart(4)} done from ${fixed(times[0])} to ${fixed(times.at(-1))} s`
  })
  return rows.join('\n')
}

/** By command: how often it ran and how long all runs took together, in s; needs agents that log at level debug. */
export const commands = (lines: readonly Line[]): string => {
  const ran = lines.filter(({ msg, command }) => msg === 'ran' && command !== undefined)
  const groups = [...Map.groupBy(ran, ({ command = '' }) => nameOf(command))].map(([name, all]) => {
    const sumMs = all.reduce((sum, { ms = 0 }) => sum + ms, 0)
    return { name, count: all.length, sumS: sumMs / 1000 }
  })
  return groups
    .toSorted((a, b) => b.sumS - a.sumS)
    .slice(0, 14)
    .map(({ name, count, sumS }) => `    ${name.padEnd(34)} ${String(count).padStart(5)} times ${fixed(sumS)} s`)
    .join('\n')
}

const fixed = (value = Number.NaN): string => value.toFixed(1).padStart(6)

/** A request without its ids, or a tool with the tool it runs in a namespace. */
const nameOf = (command: string): string => {
  const words = command.split(' ')
  if (/^(GET|POST|PUT|DELETE)$/.test(words[0] ?? ''))
    return `${words[0]} ${(words[1] ?? '').replace(/\?.*/, '').replace(/[0-9a-f]{64}|clab-[^/]*/g, '…')}`
  if (words[0] !== 'nsenter') return `${words[0]} ${words[1] ?? ''}`.slice(0, 34)
  return `in a node: ${words.slice(words.indexOf('-n') + 1, words.indexOf('-n') + 4).join(' ')}`.slice(0, 34)
}
