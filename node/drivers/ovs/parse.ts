import * as z from 'zod'
import { MeshError } from '#core/model/errors.ts'
import type { VlanTag } from '#core/model/ids.ts'
import type { Bridge, Port } from '#core/model/resource.ts'
import { bridgeId, portId } from '#core/model/resource-ids.ts'
import { BRIDGE_MARK, MARK_KEY } from '../owner-mark.ts'
import { decodeJson } from '../tool-output.ts'

const Table = z.strictObject({ headings: z.array(z.string()), data: z.array(z.array(z.unknown())) })

/** A cell of the OVSDB JSON notation, RFC 7047 §5.1, as plain values: `["set",[]]` → [], `["uuid","x"]` → ["x"], 5 → [5]. */
const values = (cell: unknown): readonly unknown[] => {
  const tagged = z.tuple([z.string(), z.unknown()]).safeParse(cell)
  if (!tagged.success) return [cell]
  const [tag, content] = tagged.data
  if (tag === 'set' && Array.isArray(content)) return content.flatMap(values)
  return [content]
}

const Pairs = z.array(z.tuple([z.unknown(), z.unknown()]))

/** A `["map",[[k,v],…]]` cell. */
const valueAt = (cell: unknown, key: string): string | undefined => {
  const pairs = Pairs.safeParse(values(cell)[0])
  const value = pairs.success ? pairs.data.find(([k]) => k === key)?.[1] : undefined
  return typeof value === 'string' ? value : undefined
}

const text = (cell: unknown): string => {
  const value = values(cell)[0]
  return typeof value === 'string' ? value : ''
}

const count = (cell: unknown): number | undefined => {
  const value = values(cell)[0]
  return typeof value === 'number' ? value : undefined
}

const strings = (cell: unknown): readonly string[] => values(cell).filter((value) => typeof value === 'string')

/** How ports of ours treat VLAN tags, ovs-vswitchd.conf.db(5), `vlan_mode`: those of nodes stay inside the segment's. */
export const PORT_MODE = 'dot1q-tunnel'

type Row = Readonly<Record<string, unknown>>

const TOOL = 'ovs-vsctl --format=json list'

/** Tables in the order asked for, one JSON document a line. Throws TOOL_FAILED. */
const parseTables = (output: string): readonly (readonly Row[])[] =>
  output
    .trim()
    .split('\n')
    .map((line) => {
      const table = decodeJson(TOOL, line, Table)
      return table.data.map((row) => Object.fromEntries(table.headings.map((heading, i) => [heading, row[i]])))
    })

/** Interface indexes the userspace datapath has packet sockets on, from `/proc/net/packet` (packet(7)). */
export const parsePacketSockets = (output: string): ReadonlySet<number> =>
  new Set(
    output
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => Number(row.trim().split(/\s+/)[4])),
  )

/** Columns of a bridge that say how it forwards, ovs-vswitchd.conf.db(5). */
export const BRIDGE_SETTINGS = [
  'fail_mode',
  'controller',
  'protocols',
  'stp_enable',
  'rstp_enable',
  'mcast_snooping_enable',
  'flood_vlans',
  'other_config',
] as const

/** The columns `parseSwitch` needs, as commands of one ovs-vsctl(8) call. */
export const TABLE_COMMANDS = [
  [`--columns=name,datapath_type,datapath_id,ports,external_ids,${BRIDGE_SETTINGS.join(',')}`, 'list', 'Bridge'],
  ['--columns=_uuid,name,tag,vlan_mode,interfaces,external_ids', 'list', 'Port'],
  ['--columns=_uuid,name,type,ofport,error,ifindex', 'list', 'Interface'],
] as const

/** Bridges and ports that carry our mark; flows are not in there, each bridge counts as a switch. `sockets` as of `parsePacketSockets`. Throws TOOL_FAILED. */
export const parseSwitch = (tables: string, sockets: ReadonlySet<number>): readonly (Bridge | Port)[] => {
  const [bridges, ports, interfaces] = parseTables(tables)
  if (bridges === undefined || ports === undefined || interfaces === undefined) {
    throw new MeshError('TOOL_FAILED', `${TOOL} printed fewer than the three tables asked for`, { tool: TOOL })
  }
  const bridgeOfPort = new Map(bridges.flatMap((bridge) => strings(bridge.ports).map((uuid) => [uuid, bridge])))
  const interfaceById = new Map(interfaces.map((row) => [text(row._uuid), row]))
  return [
    ...bridges.filter((row) => valueAt(row.external_ids, MARK_KEY) === BRIDGE_MARK).map(bridgeOf),
    ...ports.flatMap((row) => {
      const owner = valueAt(row.external_ids, MARK_KEY)
      const bridge = bridgeOfPort.get(text(row._uuid))
      if (owner === undefined || bridge === undefined) return []
      return [portOf({ owner, row, bridge, device: interfaceById.get(text(row.interfaces)), sockets })]
    }),
  ]
}

const bridgeOf = (row: Row): Bridge => {
  const name = text(row.name)
  return {
    id: bridgeId(name),
    kind: 'bridge',
    needs: [],
    name,
    datapath: datapathOf(row),
    isSwitch: true,
    ...changedOf(row),
    // In userspace there is none for a moment after ovs-vswitchd ended, and that is no reason to take the bridge away.
    ...(text(row.datapath_id) === '' && datapathOf(row) === 'system'
      ? { fault: `bridge ${name} has no datapath: this kernel has no Open vSwitch` }
      : {}),
  }
}

/** The first setting that differs from those a bridge of ours is made with; columns that were not read count as right. */
const changedOf = (row: Row): { changed?: string } => {
  const wrong = [
    ...(text(row.fail_mode) === 'secure' ? ['fail_mode is secure, standalone is wanted'] : []),
    ...(['controller', 'protocols', 'flood_vlans'] as const)
      .filter((column) => values(row[column]).some((value) => value !== undefined))
      .map((column) => `${column} is set, none is wanted`),
    ...(['stp_enable', 'rstp_enable', 'mcast_snooping_enable'] as const)
      .filter((column) => values(row[column])[0] === true)
      .map((column) => `${column} is on, off is wanted`),
    ...(row.other_config !== undefined && valueAt(row.other_config, 'forward-bpdu') !== 'true'
      ? ['forward-bpdu is off, on is wanted']
      : []),
  ]
  const [changed] = wrong
  return changed === undefined ? {} : { changed }
}

/** An empty type means the kernel's, ovs-vswitchd.conf.db(5). */
const datapathOf = (bridge: Row): Bridge['datapath'] => (text(bridge.datapath_type) === 'netdev' ? 'netdev' : 'system')

interface PortRows {
  readonly owner: string
  readonly row: Row
  readonly bridge: Row
  readonly device: Row | undefined
  readonly sockets: ReadonlySet<number>
}

const portOf = (rows: PortRows): Port => {
  const name = text(rows.row.name)
  const ifindex = count(rows.device?.ifindex)
  const number = count(rows.device?.ofport)
  const fault = faultOf(rows, name, ifindex)
  return {
    id: portId(name),
    kind: 'port',
    needs: [],
    bridge: text(rows.bridge.name),
    device: name,
    vlan: (count(rows.row.tag) ?? 0) as VlanTag,
    owner: rows.owner,
    ...(number === undefined || number < 0 ? {} : { number }),
    ...(ifindex === undefined ? {} : { ifindex }),
    ...(fault === undefined ? {} : { fault }),
  }
}

/** A column that was not read counts as right; a port without a VLAN carries all. */
const modeFault = ({ vlan_mode: column, tag }: Row): string | undefined => {
  const mode = text(column)
  const isTrunk = mode === '' && count(tag) === undefined
  return column === undefined || isTrunk || mode === PORT_MODE ? undefined : mode || 'access'
}

const faultOf = (
  { row, bridge, device, sockets }: PortRows,
  name: string,
  ifindex: number | undefined,
): string | undefined => {
  const mode = modeFault(row)
  if (mode !== undefined) return `bridge port ${name} has the VLAN mode ${mode}`
  const error = text(device?.error)
  if (error !== '') return `bridge port ${name}: ${error}`
  const ofport = count(device?.ofport)
  if (ofport === undefined || ofport < 0) return `bridge port ${name} is not attached`
  if (datapathOf(bridge) === 'netdev' && (ifindex === undefined || !sockets.has(ifindex))) {
    return `bridge port ${name} is attached to a device that is gone`
  }
  return undefined
}
