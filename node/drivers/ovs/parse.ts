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

const number = (cell: unknown): number | undefined => {
  const value = values(cell)[0]
  return typeof value === 'number' ? value : undefined
}

const strings = (cell: unknown): readonly string[] => values(cell).filter((value) => typeof value === 'string')

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

/** The columns `parseSwitch` needs, as commands of one ovs-vsctl(8) call. */
export const TABLE_COMMANDS = [
  ['--columns=name,datapath_type,datapath_id,ports,external_ids', 'list', 'Bridge'],
  ['--columns=_uuid,name,tag,interfaces,external_ids', 'list', 'Port'],
  ['--columns=_uuid,name,type,ofport,error,ifindex', 'list', 'Interface'],
] as const

/** Whether the one flow of a bridge is that of a learning switch, from `ovs-ofctl --no-stats dump-flows`. */
export const isSwitch = (output: string): boolean => {
  const flows = output.split('\n').filter((line) => line.includes('actions='))
  return flows.length === 1 && /^\s*(priority=\d+ )?actions=NORMAL\s*$/.test(flows[0] ?? '')
}

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
    // In userspace there is none for a moment after ovs-vswitchd ended, and that is no reason to take the bridge away.
    ...(text(row.datapath_id) === '' && datapathOf(row) === 'system'
      ? { fault: `bridge ${name} has no datapath: this kernel has no Open vSwitch` }
      : {}),
  }
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
  const ifindex = number(rows.device?.ifindex)
  const fault = faultOf(rows, name, ifindex)
  return {
    id: portId(name),
    kind: 'port',
    needs: [],
    bridge: text(rows.bridge.name),
    device: name,
    vlan: (number(rows.row.tag) ?? 0) as VlanTag,
    owner: rows.owner,
    ...(ifindex === undefined ? {} : { ifindex }),
    ...(fault === undefined ? {} : { fault }),
  }
}

const faultOf = (
  { bridge, device, sockets }: PortRows,
  name: string,
  ifindex: number | undefined,
): string | undefined => {
  const error = text(device?.error)
  if (error !== '') return `bridge port ${name}: ${error}`
  const ofport = number(device?.ofport)
  if (ofport === undefined || ofport < 0) return `bridge port ${name} is not attached`
  if (datapathOf(bridge) === 'netdev' && (ifindex === undefined || !sockets.has(ifindex))) {
    return `bridge port ${name} is attached to a device that is gone`
  }
  return undefined
}
