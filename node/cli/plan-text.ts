import type { ChangeCountsShape, CommandShape, HostCommandsShape, PlanShape } from './lab-shapes.ts'
import { mtuText } from './mtu-text.ts'
import { plain, table } from './output.ts'

const SIGNS: Readonly<Record<string, string>> = { create: '+', remove: '-', keep: '=' }
const signOf = (change: string): string => SIGNS[change] ?? '~'

/** What `lab up` would do: a sign, what and why for each node, link and file, and what each host would run where that was asked. */
export function planText(plan: PlanShape): string {
  const { lab, running, nodes, links, files, notes = [], missing = [], commands } = plan
  const nodeRows = nodes.map(({ name, change, host, why, reason }) => [signOf(change), name, change, host, why, reason])
  const linkRows = links.map(({ id, change, crossHost, hosts, mtu, pathMtu, why }) => [
    signOf(change),
    id,
    change,
    crossHost ? hosts.join(' - ') : `on ${hosts.join('')}`,
    mtuText(mtu, pathMtu),
    why,
  ])
  const fileRows = files.map(({ path, change, why }) => [signOf(change), path, change, why])
  return [
    `lab ${plain(lab)}  ${running === null ? 'not running' : `running as generation ${running}`}\n`,
    `\n${table(['', 'node', 'change', 'host', 'why', 'placement'], nodeRows)}`,
    links.length === 0 ? '' : `\n${table(['', 'link', 'change', 'runs', 'mtu', 'why'], linkRows)}`,
    files.length === 0 ? '' : `\n${table(['', 'file', 'change', 'why'], fileRows)}`,
    `\n${plain(changesText(countRows(plan)))}\n`,
    ...notes.map((note) => `note: ${plain(note)}\n`),
    ...missing.map(
      ({ image, hosts, on }) =>
        `missing: ${plain(image)} on ${hosts.join(', ')}${on.length === 0 ? '' : ` (there is one on ${on.join(', ')})`}\n`,
    ),
    commands === undefined ? '' : commandsText(commands),
  ].join('')
}

/** What is to be done with each, and what was done. */
const WORDS = [
  ['create', 'to make', 'made'],
  ['recreate', 'to recreate', 'recreated'],
  ['move', 'to move', 'moved'],
  ['change', 'to change', 'changed'],
  ['remove', 'to remove', 'removed'],
  ['keep', 'untouched', 'untouched'],
] as const

type Tense = 'todo' | 'done'

/** `2 nodes made, 1 recreated, 12 untouched; 1 link removed, 14 untouched`; files only where some change. */
export function changesText({ nodes, links, files }: ChangeCountsShape, tense: Tense = 'todo'): string {
  const isFiles = ['create', 'change', 'remove'].some((word) => (files[word] ?? 0) > 0)
  const parts = [countsText(nodes, 'node', tense), countsText(links, 'link', tense)]
  return [...parts, isFiles ? countsText(files, 'file', tense) : ''].filter((text) => text !== '').join('; ')
}

function countsText(counts: Readonly<Record<string, number>>, noun: string, tense: Tense): string {
  return WORDS.flatMap(([change, todo, done]) => {
    const count = counts[change] ?? 0
    return count === 0 ? [] : [{ count, word: tense === 'todo' ? todo : done }]
  })
    .map(({ count, word }, at) => (at === 0 ? `${count} ${noun}${count === 1 ? '' : 's'} ${word}` : `${count} ${word}`))
    .join(', ')
}

const countRows = ({ nodes, links, files }: PlanShape): ChangeCountsShape => ({
  nodes: countOf(nodes),
  links: countOf(links),
  files: countOf(files),
})

function countOf(rows: readonly { readonly change: string }[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { change } of rows) counts[change] = (counts[change] ?? 0) + 1
  return counts
}

/** Host by host, in order; steps of one round run side by side. */
function commandsText(hosts: readonly HostCommandsShape[]): string {
  return hosts
    .map(({ host, rounds, unreachable }) => {
      if (unreachable !== undefined) return `\n${host}: cannot be asked: ${plain(unreachable)}\n`
      if (rounds.length === 0) return `\n${host}: nothing to run\n`
      const lines = rounds.flatMap((steps, at) => [
        `  round ${at + 1}`,
        ...steps.flatMap(({ ops, commands }) => [
          ...ops.map(({ op, what, reason }) => `    # ${op} ${what}: ${reason}`),
          ...commands.flatMap(commandLines),
        ]),
      ])
      return `\n${host}\n${lines.map((line) => `${plain(line)}\n`).join('')}`
    })
    .join('')
}

function commandLines({ argv, stdin, request, body }: CommandShape): readonly string[] {
  const head = request ?? (argv ?? []).map(quoted).join(' ')
  const input =
    stdin === undefined
      ? []
      : stdin
          .trimEnd()
          .split('\n')
          .map((line) => `      < ${line}`)
  return [`    ${head}`, ...(body === undefined ? [] : [`      ${body}`]), ...input]
}

/** As a shell would need it, so that a line can be tried by hand. */
const quoted = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./<>-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
