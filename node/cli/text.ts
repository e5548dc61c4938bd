import { ageText } from './duration.ts'
import type { LabRow, LabShape, LinkEnd, LinkShape } from './lab-shapes.ts'
import { mtuText } from './mtu-text.ts'
import { plain, table } from './output.ts'
import type { Allocation, Capacity, Host, Leader, TokenRow } from './shapes.ts'
import { impairmentsText } from './text-links.ts'

/** Answers of the API as people read them. */
export const hostsText = (hosts: readonly Host[]): string => {
  const hasMore = hosts.some(({ capabilities = [] }) => capabilities.length > 0)
  const hasRoom = hosts.some(({ capacity }) => capacity !== undefined)
  return table(
    [
      'name',
      'state',
      'role',
      'seen',
      'addresses',
      'overlay',
      'version',
      ...(hasRoom ? ['cpus promised', 'memory promised', 'memory free'] : []),
      ...(hasMore ? ['can'] : []),
      'reason',
    ],
    hosts.map(
      ({
        name,
        state,
        role,
        ageMs,
        addresses,
        overlayAddress,
        version,
        reason,
        drained,
        capabilities = [],
        capacity,
      }) => [
        name,
        drained === true ? `${state}, drained` : state,
        role,
        ageText(ageMs),
        addresses.join(','),
        overlayAddress,
        version,
        ...(hasRoom ? roomCells(capacity) : []),
        ...(hasMore ? [capabilities.join(',')] : []),
        reason,
      ],
    ),
  )
}

/** `0.5/16`, `4096/8192 MiB`, `6000 MiB`: promised of what may be, and free by measure. */
const roomCells = (capacity: Capacity | undefined): readonly string[] => {
  if (capacity === undefined) return ['-', '-', '-']
  const { cpus, memoryMiB } = capacity
  const of = ({ promised, limit }: Capacity['cpus']): string =>
    limit === null ? `${promised}` : `${promised}/${limit}`
  return [of(cpus), `${of(memoryMiB)} MiB`, `${memoryMiB.free} MiB`]
}

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
  const isAnyDoing = nodes.some(({ doing }) => doing !== undefined)
  const rows = nodes.map((node) => [
    node.name,
    node.state,
    node.kind,
    node.host,
    node.image,
    [node.mgmt?.ipv4, node.mgmt?.ipv6].filter((address) => address !== undefined).join(' '),
    node.error,
    ...(isAnyDoing ? [node.doing] : []),
  ])
  const parts = [
    `lab ${plain(name)}  state ${state}  generation ${generation}\n`,
    ...(waiting === undefined ? [] : [`waiting: ${plain(waiting.message)} (${waiting.code})\n`]),
    nodes.length === 0
      ? ''
      : `\n${table(['node', 'state', 'kind', 'host', 'image', 'mgmt', 'error', ...(isAnyDoing ? ['doing'] : [])], rows)}`,
    links.length === 0 ? '' : `\n${linksText(links)}`,
    notes.length === 0 ? '' : `\n${notes.map((note) => `note: ${plain(note)}\n`).join('')}`,
  ]
  return parts.join('')
}

export function linksText(links: readonly LinkShape[]): string {
  const isImpaired = links.some(({ impairments }) => impairments !== undefined)
  return table(
    ['link', 'state', 'vni', 'mtu', 'ends', ...(isImpaired ? ['impairment'] : []), 'error', 'doing'],
    links.map((link) => [
      link.id,
      link.state === 'down' ? 'down (asked for)' : link.state,
      link.vni,
      mtuText(link.mtu, link.pathMtu),
      link.endpoints.map(endText).join('  '),
      ...(isImpaired ? [impairmentsText(link)] : []),
      link.error,
      link.doing,
    ]),
  )
}

function endText({ node, interface: name, host, vlan, ipv4, ipv6 }: LinkEnd): string {
  const where = host === null || host === '' ? '' : `@${host}${vlan === null ? '' : `/${vlan}`}`
  return [`${node}:${name}${where}`, ipv4, ipv6].filter((part) => part !== undefined).join(' ')
}
