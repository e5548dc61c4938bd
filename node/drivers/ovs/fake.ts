import { type FakeExec, type FakeOutcome, fakeExec, UnknownCommand } from '../fake-exec.ts'
import { FIRST_FLOW, withFlowLines } from './fake-flows.ts'

interface FakeRow {
  readonly name: string
  /** `datapath_type`, `tag`, `external_ids:skein` …, as given. */
  readonly columns: Map<string, string>
}

interface FakePort extends FakeRow {
  readonly bridge: string
  /** Index of the device when the port was attached: what the userspace datapath holds on to. */
  attachedTo: number | undefined
}

/** A toy switch with a userspace datapath. */
export interface FakeSwitch {
  readonly exec: FakeExec
  /** Devices of the host with their interface indexes; a test may give one a new index, as if it had come back. */
  readonly devices: Map<string, number>
  readonly bridges: Map<string, FakeRow>
  readonly ports: Map<string, FakePort>
  /** Of each bridge, as ovs-ofctl(8) prints them; absent: what a bridge begins with. */
  readonly flows: Map<string, string>
  /** Whether ovs-vswitchd runs; a test may stop it. */
  isRunning: boolean
  snapshot(): string
}

class Refused extends Error {}

/** A transaction is carried out on a copy; the datapath looks at the difference only, as the real one does. */
export const fakeSwitch = (): FakeSwitch => {
  const devices = new Map<string, number>()
  const bridges = new Map<string, FakeRow>()
  const ports = new Map<string, FakePort>()
  const flows = new Map<string, string>()
  const addPort = (words: readonly string[]): void => {
    const [bridge = '', device = ''] = words
    if (!bridges.has(bridge)) throw new Refused(`no bridge named ${bridge}`)
    const old = ports.get(device)
    if (old !== undefined && old.bridge !== bridge)
      throw new Refused(`${device} is actually attached to bridge ${old.bridge}`)
    if (old === undefined) ports.set(device, { name: device, bridge, columns: new Map(), attachedTo: undefined })
  }
  const set = ([table, name = '', ...settings]: readonly string[]): void => {
    const row = table === 'Bridge' ? bridges.get(name) : ports.get(name)
    if (row === undefined) throw new Refused(`no row "${name}" in table ${table}`)
    for (const setting of settings) row.columns.set(...split(setting))
  }
  const deletePort = (bridge: string, device: string): void => {
    const actual = ports.get(device)?.bridge ?? bridge
    if (!bridges.has(bridge)) throw new Refused(`no bridge named ${bridge}`)
    if (actual !== bridge) throw new Refused(`${device} is actually attached to bridge ${actual}`)
    ports.delete(device)
  }
  const deleteBridge = (name: string): void => {
    bridges.delete(name)
    flows.delete(name)
    for (const port of ports.values()) if (port.bridge === name) ports.delete(port.name)
  }
  const change = (words: readonly string[]): string => {
    const text = words.join(' ')
    if (/^add-br \S+$/.test(text)) {
      if (bridges.has(words[1] ?? ''))
        throw new Refused(`cannot create a bridge named ${words[1]} because one already exists`)
      bridges.set(words[1] ?? '', { name: words[1] ?? '', columns: new Map() })
    } else if (/^set (Bridge|Port|Interface) \S+ \S/.test(text)) set(words.slice(1))
    else if (/^--may-exist add-port \S+ \S+$/.test(text)) addPort(words.slice(2))
    else if (/^--if-exists del-port \S+$/.test(text)) ports.delete(words[2] ?? '')
    else if (/^--if-exists del-port \S+ \S+$/.test(text)) deletePort(words[2] ?? '', words[3] ?? '')
    else if (/^--if-exists del-br \S+$/.test(text)) deleteBridge(words[2] ?? '')
    else if (/^get Bridge \S+ external_ids:skein$/.test(text)) {
      const mark = bridges.get(words[2] ?? '')?.columns.get('external_ids:skein')
      if (mark === undefined) throw new Refused('no key skein in Bridge record column external_ids')
      return `${mark}\n`
    } else throw new UnknownCommand('ovs-vsctl', words)
    return ''
  }
  const transact = (commands: readonly (readonly string[])[]): FakeOutcome => {
    const before = { bridges: new Map(bridges), ports: new Map(ports) }
    try {
      const stdout = commands.map(change).join('')
      for (const port of ports.values())
        port.attachedTo = before.ports.get(port.name)?.attachedTo ?? devices.get(port.name)
      return { stdout }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      restore(bridges, before.bridges)
      restore(ports, before.ports)
      return { code: 1, stderr: `ovs-vsctl: ${error.message}` }
    }
  }
  const vsctl = (args: readonly string[]): FakeOutcome => {
    if (args.join(' ') === '--version') return { stdout: 'ovs-vsctl (Open vSwitch) 3.1.0\nDB Schema 8.3.1\n' }
    const [timeout = '', ...rest] = args
    if (!/^--timeout=\d+$/.test(timeout)) throw new UnknownCommand('ovs-vsctl', args)
    if (rest[0] !== '--format=json') return transact(splitAt(rest, '--'))
    const lists = splitAt(rest.slice(1), '--').map(([columns = '', verb, table = '']) => {
      if (verb !== 'list' || !columns.startsWith('--columns=')) throw new UnknownCommand('ovs-vsctl', args)
      return { headings: columns.slice('--columns='.length).split(','), table }
    })
    return {
      stdout: lists
        .map(({ headings, table }) => `${JSON.stringify({ data: rowsOf(table, headings), headings })}\n`)
        .join(''),
    }
  }
  const rowsOf = (table: string, headings: readonly string[]): unknown[][] => {
    const internal = [...bridges.values()].map((bridge) => ({
      name: bridge.name,
      bridge: bridge.name,
      columns: new Map(),
      attachedTo: 9999,
    }))
    const rows = table === 'Bridge' ? [...bridges.values()] : [...internal, ...ports.values()]
    return rows.map((row) => headings.map((heading) => cell(row, heading, { ports: [...ports.values()], devices })))
  }
  const cat = (args: readonly string[]): FakeOutcome => {
    if (args.join(' ') !== '/proc/net/packet') throw new UnknownCommand('cat', args)
    const present = new Set(devices.values())
    const sockets = [...ports.values()].flatMap((port) =>
      port.attachedTo === undefined ? [] : [present.has(port.attachedTo) ? port.attachedTo : -1],
    )
    const rows = sockets.map((index) => `000000008e6ddda5 3      3    0003   ${index}     1 0      0      31055 \n`)
    return { stdout: `sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n${rows.join('')}` }
  }
  const ofctl = (args: readonly string[], stdin: string): FakeOutcome => {
    const [, verb, bridge = ''] = OFCTL.exec(args.join(' ')) ?? []
    if (verb === undefined) throw new UnknownCommand('ovs-ofctl', args)
    if (!bridges.has(bridge) || !sw.isRunning)
      return { code: 1, stderr: `ovs-ofctl: ${bridge} is not a bridge or a socket` }
    const before = flows.get(bridge) ?? FIRST_FLOW
    if (verb.endsWith('dump-flows')) return { stdout: before }
    const after = withFlowLines(verb === 'replace-flows' ? '' : before, stdin)
    if (after === undefined) return { code: 1, stderr: 'ovs-ofctl: -:1: must specify an action' }
    flows.set(bridge, after)
    return {}
  }
  const sw: FakeSwitch = {
    exec: fakeExec({ 'ovs-vsctl': vsctl, 'ovs-ofctl': ofctl, cat }),
    flows,
    isRunning: true,
    devices,
    bridges,
    ports,
    snapshot: () => JSON.stringify([...bridges.values(), ...ports.values()].map((row) => [row.name, [...row.columns]])),
  }
  return sw
}

const OFCTL = /^--timeout=\d+ (--no-stats --no-names dump-flows|replace-flows|--bundle add-flows) (\S+)( -)?$/

const restore = <V>(map: Map<string, V>, from: ReadonlyMap<string, V>): void => {
  map.clear()
  for (const [key, value] of from) map.set(key, value)
}

const split = (setting: string): [string, string] => {
  const at = setting.indexOf('=')
  const value = setting.slice(at + 1)
  return [setting.slice(0, at), value.startsWith('"') ? String(JSON.parse(value)) : value]
}

const splitAt = (words: readonly string[], separator: string): readonly (readonly string[])[] => {
  const groups: string[][] = [[]]
  for (const word of words) {
    if (word === separator) groups.push([])
    else groups.at(-1)?.push(word)
  }
  return groups
}

interface World {
  readonly ports: readonly FakePort[]
  readonly devices: ReadonlyMap<string, number>
}

/** One cell as ovs-vsctl(8) prints it. */
const cell = (row: FakeRow, heading: string, world: World): unknown => {
  const device = world.devices.get(row.name)
  const mark = row.columns.get('external_ids:skein')
  const cells: Readonly<Record<string, unknown>> = {
    _uuid: ['uuid', row.name],
    name: row.name,
    datapath_type: row.columns.get('datapath_type') ?? '',
    datapath_id: '0000aac39296054c',
    ports: ['set', world.ports.filter((port) => port.bridge === row.name).map((port) => ['uuid', port.name])],
    interfaces: ['uuid', row.name],
    tag: count(row, 'tag') ?? ['set', []],
    type: '',
    ofport: device === undefined ? -1 : (count(row, 'ofport_request') ?? device),
    error: device === undefined ? `could not open network device ${row.name} (No such device)` : ['set', []],
    ifindex: device ?? ['set', []],
    vlan_mode: setOf(row, 'vlan_mode'),
    fail_mode: row.columns.get('fail_mode') ?? ['set', []],
    ...Object.fromEntries(['stp_enable', 'rstp_enable', 'mcast_snooping_enable'].map((it) => [it, isOn(row, it)])),
    ...Object.fromEntries(['controller', 'protocols', 'flood_vlans'].map((it) => [it, setOf(row, it)])),
    other_config: ['map', isOn(row, 'other_config:forward-bpdu') ? [['forward-bpdu', 'true']] : []],
    external_ids: ['map', mark === undefined ? [] : [['skein', mark]]],
  }
  if (!(heading in cells)) throw new UnknownCommand('ovs-vsctl', [heading])
  return cells[heading]
}

const isOn = ({ columns }: FakeRow, column: string): boolean => columns.get(column) === 'true'

const count = ({ columns }: FakeRow, column: string): number | undefined => {
  const value = columns.get(column) ?? '[]'
  return value === '[]' ? undefined : Number(value)
}

const setOf = ({ columns }: FakeRow, column: string): unknown => {
  const value = columns.get(column) ?? '[]'
  return value === '[]' ? ['set', []] : value
}
