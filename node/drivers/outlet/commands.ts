import type { Op, Outlet } from '#core/model/resource.ts'
import type { ProcessCommand } from '#platform/exec.ts'
import type { Step } from '../driver.ts'
import { MARK_KEY, MGMT_DEVICES } from '../owner-mark.ts'

/** The table is ours by its name; nft(8). */
export const TABLE = ['ip', MARK_KEY] as const

/** Where dockerd lets others say what may pass before its own rules forbid it: docs.docker.com, "Packet filtering and firewalls". */
const DOCKER_CHAIN = 'DOCKER-USER'

/** One step: there is one table for all. */
export const outletSteps = (ops: readonly Op<Outlet>[]): readonly Step[] =>
  ops.map((op) => ({ ops: [op], commands: commandsOf(op) }))

const commandsOf = (op: Op<Outlet>): readonly ProcessCommand[] => {
  const before = op.type === 'create' ? [] : op.from.networks
  const after = op.type === 'delete' ? [] : op.to.networks
  return [
    ...[...before, ...after].flatMap(({ device }) => pass('-D', device)),
    nft(after.length === 0 ? GONE : table(after)),
    ...(after.length === 0 ? [] : [{ file: 'sysctl', args: ['-q', '-w', 'net.ipv4.ip_forward=1'] }]),
    ...after.flatMap(({ device }) => pass('-I', device)),
  ]
}

const nft = (lines: readonly string[]): ProcessCommand => ({
  file: 'nft',
  args: ['-f', '-'],
  stdin: `${lines.join('\n')}\n`,
})

/** One transaction; a table that is not there cannot be deleted, so it is added first. */
const GONE = [`add table ${TABLE.join(' ')}`, `delete table ${TABLE.join(' ')}`]

const table = (networks: Outlet['networks']): readonly string[] => [
  ...GONE,
  `table ${TABLE.join(' ')} {`,
  '  set inside {',
  '    type ipv4_addr',
  '    flags interval',
  `    elements = { ${networks.map(({ network, cidr }) => `${cidr} comment "${network}"`).join(', ')} }`,
  '  }',
  '  chain postrouting {',
  '    type nat hook postrouting priority srcnat',
  `    ip saddr @inside oifname != "${MGMT_DEVICES}" masquerade`,
  '  }',
  '}',
]

/** Neither iptables nor dockerd need be there: then nothing forbids. 127 is what env(1) says where a program is not found. */
const pass = (verb: '-I' | '-D', device: string): readonly ProcessCommand[] =>
  ['-i', '-o'].map((way) => ({
    file: 'env',
    args: ['iptables', '-w', verb, DOCKER_CHAIN, way, device, '-m', 'comment', '--comment', MARK_KEY, '-j', 'ACCEPT'],
    okCodes: [0, 1, 2, 3, 4, 127],
  }))
