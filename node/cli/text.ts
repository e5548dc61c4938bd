import { ageText } from './duration.ts'
import { plain, table } from './output.ts'
import type { Allocation, Host, LabRow, LabShape, Leader, LinkEnd, LinkShape, PlanShape, TokenRow } from './shapes.ts'

/** Answers of the API as people read them. */
export const hostsText = (hosts: readonly Host[]): string =>
  table(
    ['name', 'state', 'role', 'seen', 'addresses', 'overlay', 'version', 'reason'],
    hosts.map(({ name, state, role, ageMs, addresses, overlayAddress, version, reason, drained }) => [
      name,
      drained === true ? `${state}, drained` : state,
      role,
      ageText(ageMs),
      addresses.join(','),
      overlayAddress,
      version,
      reason,
    ]),
  )

/** The leader, or who is missing for there to be one. */
export function leaderText({ leader, term, ageMs, voters, quorum, missing }: Leader): string {
  const lines = [
    `leader  ${leader ?? '-'}`,
    `term    ${term}`,
    `since   ${ageMs === null ? '-' : `${ageText(ageMs)} ago`}`,
    `voters  ${voters.join(', ') || '-'}`,
    `quorum  ${quorum.have} of ${voters.length} there, ${quorum.need} needed${quorum.have < quorum.need ? ': no majority' : ''}`,
    ...(missing.length === 0 ? [] : [`missing ${missing.join(', ')}`]),
  ]
  return `${plain(lines.join('\n'))}\n`
}

/** `nowMs` is the wall clock, as `sinceMs` of the rows; how long a lease goes on is told where there is one. */
export const allocationsText = (rows: readonly Allocation[], nowMs: number): string => {
  const hasLeases = rows.some(({ untilMs }) => untilMs !== undefined)
  return table(
    ['pool', 'value', 'host', 'owner', 'since', ...(hasLeases ? ['for'] : [])],
    rows.map(({ pool, value, host, owner, sinceMs, untilMs }) => [
      pool,
      value,
      host,
      owner,
      ageText(nowMs - sinceMs),
      ...(hasLeases ? [untilMs === undefined ? '-' : ageText(untilMs - nowMs)] : []),
    ]),
  )
}

export const tokensText = (rows: readonly TokenRow[]): string =>
  table(
    ['id', 'state', 'role', 'uses left', 'expires'],
    rows.map(({ id, state, role, usesLeft, expiresAt }) => [id, state, role, usesLeft, expiresAt]),
  )

export const labsText = (rows: readonly LabRow[]): string =>
  table(
    ['name', 'state', 'generation', 'nodes', 'links', 'hosts'],
    rows.map(({ name, state, generation, nodes, links, hosts }) => [
      name,
      state,
      generation,
      `${nodes.running}/${nodes.total}`,
      `${links.up}/${links.total}`,
      hosts.join(','),
    ]),
  )

/** A lab with its nodes and links. */
export function labText({ name, state, generation, nodes, links, waiting, notes }: LabShape): string {
  const rows = nodes.map((node) => [node.name, node.state, node.kind, node.host, node.image, node.error])
  const parts = [
    `lab ${plain(name)}  state ${state}  generation ${generation}\n`,
    ...(waiting === undefined ? [] : [`waiting: ${plain(waiting.message)} (${waiting.code})\n`]),
    nodes.length === 0 ? '' : `\n${table(['node', 'state', 'kind', 'host', 'image', 'error'], rows)}`,
    links.length === 0 ? '' : `\n${linksText(links)}`,
    notes.length === 0 ? '' : `\n${notes.map((note) => `note: ${plain(note)}\n`).join('')}`,
  ]
  return parts.join('')
}

export const linksText = (links: readonly LinkShape[]): string =>
  table(
    ['link', 'state', 'vni', 'mtu', 'ends', 'error'],
    links.map(({ id, state, vni, mtu, endpoints, error }) => [
      id,
      state,
      vni,
      mtu,
      endpoints.map(endText).join('  '),
      error,
    ]),
  )

function endText({ node, interface: name, host, vlan, ipv4, ipv6 }: LinkEnd): string {
  const where = host === null || host === '' ? '' : `@${host}${vlan === null ? '' : `/${vlan}`}`
  return [`${node}:${name}${where}`, ipv4, ipv6].filter((part) => part !== undefined).join(' ')
}

/** What `lab up` would do. */
export function planText({ lab, nodes, links, removed, removedLinks }: PlanShape): string {
  const nodeRows = nodes.map(({ name, change, host, reason }) => [name, change, host, reason])
  const linkRows = links.map(({ id, change, crossHost, mtu }) => [
    id,
    change,
    crossHost ? 'between hosts' : 'on one host',
    mtu,
  ])
  const gone = [...removed.map((name) => `node ${name}`), ...removedLinks.map((id) => `link ${id}`)]
  return [
    `lab ${plain(lab)}\n\n${table(['node', 'change', 'host', 'reason'], nodeRows)}`,
    links.length === 0 ? '' : `\n${table(['link', 'change', 'runs', 'mtu'], linkRows)}`,
    gone.length === 0 ? '' : `\nremoved: ${plain(gone.join(', '))}\n`,
  ].join('')
}
