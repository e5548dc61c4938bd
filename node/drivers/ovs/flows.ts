import type { VlanTag } from '#core/model/ids.ts'
import type { Wire } from '#core/model/resource.ts'
import { wireId } from '#core/model/resource-ids.ts'
import { type Side, wiredEnd, wiredPort } from '#core/model/wired-port.ts'

/** Flows of wires carry it, for people: `skein` in ASCII. */
const COOKIE = '0x736b65696e'
/** Above the flow that switches, which has 0. */
const PRIORITY = 100
const SIDES: readonly Side[] = [0, 1]

/** What a bridge without a controller begins with, ovs-vswitchd.conf.db(5), `fail_mode`. */
export const SWITCH_FLOW = 'priority=0,actions=NORMAL'

/** What comes in by the port of one side goes out by that of the other, as ovs-ofctl(8) takes it. */
const wayFlow = (vlan: VlanTag, from: Side): string =>
  `cookie=${COOKIE},priority=${PRIORITY},in_port=${wiredPort(vlan, from)},actions=output:${wiredPort(vlan, from === 0 ? 1 : 0)}`

/** Lines for `ovs-ofctl add-flows` that make a wire. */
export const makeWire = ({ vlan }: Wire): readonly string[] => SIDES.map((from) => wayFlow(vlan, from))

/** Lines for `ovs-ofctl add-flows` that take one away; whoever's flows they are. */
export const cutWire = ({ vlan }: Wire): readonly string[] =>
  SIDES.map((from) => `delete_strict priority=${PRIORITY},in_port=${wiredPort(vlan, from)}`)

/** What the flows of a bridge of ours say. */
export interface SeenFlows {
  /** Besides those of wires there is the one that switches, and no other. */
  readonly isSwitch: boolean
  readonly wires: readonly Wire[]
  /** Flows of wires as they should be, for `ovs-ofctl add-flows`. */
  readonly kept: readonly string[]
}

interface Way {
  readonly vlan: VlanTag
  readonly from: Side
  readonly actions: string
}

/** Reads what `ovs-ofctl --no-stats dump-flows` printed. */
export const parseFlows = (bridge: string, output: string): SeenFlows => {
  const lines = output.split('\n').filter((line) => line.includes('actions='))
  const ways = lines.flatMap((line) => wayOf(line) ?? [])
  const others = lines.filter((line) => wayOf(line) === undefined)
  return {
    isSwitch: others.length === 1 && /^\s*(priority=\d+ )?actions=NORMAL\s*$/.test(others[0] ?? ''),
    wires: [...Map.groupBy(ways, ({ vlan }) => vlan)].map(([vlan, of]) => seenWire(bridge, vlan, of)),
    kept: ways.filter(isRight).map(({ vlan, from }) => wayFlow(vlan, from)),
  }
}

/** A flow for a wired port as a whole; what it does may be anything. Whoever changes one by hand takes its cookie away (ovs-ofctl(8), `mod-flows`). */
const wayOf = (line: string): Way | undefined => {
  const { priority, port, actions = '' } = WAY.exec(line)?.groups ?? {}
  const end = wiredEnd(Number(port))
  if (Number(priority) !== PRIORITY || end === undefined) return undefined
  return { vlan: end.vlan, from: end.side, actions: actions.trim() }
}

const WAY = /^\s*(?:cookie=0x[0-9a-f]+,? *)?priority=(?<priority>\d+),in_port=(?<port>\d+) actions=(?<actions>.*)$/

const outputOf = ({ vlan, from }: Way): string => `output:${wiredPort(vlan, from === 0 ? 1 : 0)}`

const isRight = (way: Way): boolean => way.actions === outputOf(way)

const seenWire = (bridge: string, vlan: VlanTag, ways: readonly Way[]): Wire => {
  const changed = wrongs(vlan, ways)[0]
  return { id: wireId(vlan), kind: 'wire', needs: [], bridge, vlan, ...(changed === undefined ? {} : { changed }) }
}

const wrongs = (vlan: VlanTag, ways: readonly Way[]): readonly string[] =>
  SIDES.flatMap((from) => {
    const port = wiredPort(vlan, from)
    const way = ways.find((one) => one.from === from)
    if (way === undefined) return [`none for what comes in by port ${port}`]
    return isRight(way) ? [] : [`what comes in by port ${port} gets ${way.actions}, ${outputOf(way)} is wanted`]
  })
