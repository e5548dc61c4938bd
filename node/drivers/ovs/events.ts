import type { Source } from '../driver.ts'
import { BRIDGE_NAME, isOwnDevice } from '../owner-mark.ts'
import { BRIDGE_SETTINGS } from './parse.ts'

/**
 * What Open vSwitch tells: of ports and interfaces by its database, of flows by the bridge itself, which ends when
 * ovs-vswitchd does. One process for a table, as ovsdb-client(1) takes one; whole columns only: statistics change all the time.
 */
export const switchSources = (): readonly Source[] => [
  tableSource('Bridge', ['name', 'datapath_type', 'external_ids', ...BRIDGE_SETTINGS]),
  tableSource('Port', ['name', 'tag', 'vlan_mode', 'external_ids']),
  tableSource('Interface', ['name', 'ofport', 'error', 'ifindex']),
  {
    type: 'stream',
    name: 'ovs-flows',
    command: { file: 'ovs-ofctl', args: ['monitor', BRIDGE_NAME, 'watch:!initial'] },
    tells: (line) => line.includes('event='),
  },
]

const tableSource = (table: string, columns: readonly string[]): Source => ({
  type: 'stream',
  name: `ovs-${table.toLowerCase()}`,
  command: { file: 'ovsdb-client', args: ['--format=json', 'monitor', 'Open_vSwitch', table, columns.join(',')] },
  tells: (line) => [...line.matchAll(/"([^"]*)"/g)].some(([, word]) => isOwnDevice(word ?? '')),
})
