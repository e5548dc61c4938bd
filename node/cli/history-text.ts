import { ageText } from './duration.ts'
import type { DiffShape, RevisionRow, RevisionShape } from './lab-shapes.ts'
import { plain, table } from './output.ts'

/** The kept states of a lab, newest first; `nowMs` is the wall clock. */
export const historyText = (rows: readonly RevisionRow[], nowMs: number): string =>
  table(
    ['rev', 'name', 'age', 'host', 'nodes', 'links', 'files', 'message'],
    rows
      .toReversed()
      .map(({ revision, isCurrent, name, atMs, host, nodes, links, files, message }) => [
        `${revision}${isCurrent ? ' *' : ''}`,
        name,
        ageText(Math.max(0, nowMs - atMs)),
        host,
        nodes,
        links,
        files,
        message,
      ]),
  )

/** One kept state: what is known of it, and the topology as it was written. */
export function revisionText({ revision, name, atMs, host, message, fileName, topology }: RevisionShape): string {
  const head = [
    `# revision ${revision}${name === undefined ? '' : ` (${name})`}, ${new Date(atMs).toISOString()}, taken by ${host}`,
    ...(message === undefined ? [] : [`# ${message.replaceAll('\n', '\n# ')}`]),
    ...(fileName === null ? [] : [`# ${fileName}`]),
  ]
  return `${plain(head.join('\n'))}\n${plain(topology)}${topology.endsWith('\n') ? '' : '\n'}`
}

const SIGNS: Readonly<Record<string, string>> = { create: '+', remove: '-' }

/** What differs between two kept states. */
export function diffText({ lab, from, to, nodes, links, files }: DiffShape): string {
  const rows = [
    ...nodes.map((row) => ['node', row] as const),
    ...links.map((row) => ['link', row] as const),
    ...files.map((row) => ['file', row] as const),
  ].map(([kind, { name, change, why }]) => [SIGNS[change] ?? '~', kind, name, why])
  const head = `lab ${plain(lab)}: revision ${from} → ${to}\n`
  return rows.length === 0 ? `${head}no difference\n` : `${head}\n${table(['', 'what', 'name', 'why'], rows)}`
}
