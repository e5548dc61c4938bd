import type { EndpointView, LabView, LinkView } from './types.ts'

/** One end of a link under all the names it goes by; null where there is none. */
export interface InterfaceView {
  readonly node: string
  readonly kind: string | null
  /** As Linux calls it in the node. */
  readonly interface: string
  /** As the software inside, or the file, calls it. */
  readonly vendor: string | null
  readonly mac: string | null
  readonly host: string | null
  /** Of Open vSwitch on that host. */
  readonly bridge: string | null
  readonly port: string | null
  readonly vlan: number | null
  readonly link: string
  readonly state: LinkView['state']
}

/** Every end of every link of a lab, by node and interface. */
export const labInterfaces = ({ links }: Pick<LabView, 'links'>): readonly InterfaceView[] =>
  links
    .flatMap((link) => link.endpoints.map((end) => interfaceView(end, link)))
    .toSorted((a, b) => byName(a.node, b.node) || byName(a.interface, b.interface))

/** `eth2` before `eth10`. */
const byName = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })

const interfaceView = (end: EndpointView, { id, state }: LinkView): InterfaceView => ({
  node: end.node,
  kind: end.kind ?? null,
  interface: end.interface,
  vendor: end.vendor ?? null,
  mac: end.mac,
  host: end.host === '' ? null : end.host,
  bridge: end.bridge ?? null,
  port: end.port ?? null,
  vlan: end.vlan,
  link: id,
  state,
})
