import type { LinkView } from '#agent/port.ts'

type EndpointView = LinkView['endpoints'][number]

/** One value as it is to be and as it was read back; `isOff` where the two differ. */
export interface Fact {
  readonly name: string
  readonly wanted: string
  /** Null while nothing was read. */
  readonly seen: string | null
  readonly isOff: boolean
}

/** One end of a link, or its tunnel on one host: where it is, and what is true there. */
export interface FactsOf {
  readonly title: string
  readonly host: string | null
  /** OVS port ↔ Linux name ↔ vendor's name, as far as there are such. */
  readonly names: readonly (readonly [what: string, name: string])[]
  readonly facts: readonly Fact[]
}

const NONE = '–'

const text = (value: number | string | null | undefined): string =>
  value === null || value === undefined ? NONE : String(value)

function fact(name: string, wanted: number | string | null, seen: number | string | null | undefined): Fact {
  const isRead = seen !== null && seen !== undefined
  return {
    name,
    wanted: text(wanted),
    seen: isRead ? String(seen) : null,
    isOff: isRead && wanted !== null && seen !== wanted,
  }
}

/** Both ends, and the tunnel on each host, wanted beside seen. */
export const linkFacts = (link: LinkView): readonly FactsOf[] => [
  ...link.endpoints.map((end) => endFacts(end, link)),
  ...(link.tunnels ?? []).map(({ host, vlan, seen }) => ({
    title: `tunnel on ${host}`,
    host,
    names: [] as const,
    facts: [
      fact('VNI', link.vni, seen?.vni),
      fact('VLAN tag', vlan, seen?.vlan),
      fact('MTU', link.mtu, seen?.mtu),
      {
        name: 'floods to',
        wanted: NONE,
        seen: seen === null ? null : seen.remotes.join(', ') || 'nobody',
        isOff: false,
      },
    ],
  })),
]

function endFacts(end: EndpointView, { mtu, state }: LinkView): FactsOf {
  const { seen } = end
  const carrier = seen === undefined ? null : seen.carrier ? 'yes' : 'no'
  return {
    title: `${end.node}:${end.interface}`,
    host: end.host === '' ? null : end.host,
    names: [
      ...(end.port === undefined ? [] : ([['OVS port', `${end.port} of ${end.bridge ?? ''}`]] as const)),
      ['Linux', end.interface],
      ...(end.vendor === undefined ? [] : ([['vendor', end.vendor]] as const)),
      ...(end.ipv4 === undefined ? [] : ([['IPv4', end.ipv4]] as const)),
      ...(end.ipv6 === undefined ? [] : ([['IPv6', end.ipv6]] as const)),
    ],
    facts: [
      fact('VLAN tag', end.vlan, seen?.vlan),
      fact('MTU', mtu, seen?.mtu),
      fact('MAC', end.mac, seen?.mac),
      {
        name: 'carrier',
        wanted: state === 'down' ? 'no' : 'yes',
        seen: carrier,
        isOff: carrier === 'no' && state !== 'down',
      },
    ],
  }
}

/** Where two tunnel ends of a link carry other numbers: `VNI 10104 on host-b, 10114 on host-c`; undefined where they agree. */
export function tunnelQuarrel({ tunnels = [] }: LinkView): string | undefined {
  const told = tunnels.flatMap(({ host, seen }) =>
    seen === null || seen.vni === null ? [] : [{ host, vni: seen.vni }],
  )
  if (new Set(told.map(({ vni }) => vni)).size < 2) return undefined
  return `VNI ${told.map(({ host, vni }) => `${vni} on ${host}`).join(', ')}`
}
