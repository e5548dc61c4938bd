import type { InterfaceShape } from './lab-shapes.ts'
import { table } from './output.ts'

/** Every end of every link, under all the names it goes by. */
export const interfacesText = (rows: readonly InterfaceShape[]): string =>
  table(
    ['node', 'kind', 'interface', 'vendor name', 'mac', 'host', 'bridge', 'port', 'vlan', 'link', 'state'],
    rows.map((row) => [
      row.node,
      row.kind,
      row.interface,
      row.vendor,
      row.mac,
      row.host,
      row.bridge,
      row.port,
      row.vlan,
      row.link,
      row.state,
    ]),
  )
