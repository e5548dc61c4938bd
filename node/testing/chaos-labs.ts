/** One ping that must be answered: from a lab node to an address of another. */
export interface Ping {
  /** `<lab>/<from>-><to>`, ends as `node:interface`. */
  readonly id: string
  readonly container: string
  readonly address: string
}

/** A lab as chaos needs it: its file, and the pings of each of its links by the ends `node:interface node:interface`. */
export interface ChaosLab {
  readonly name: string
  readonly text: string
  readonly links: ReadonlyMap<string, readonly Ping[]>
}

interface Shape {
  /** Nodes, each with the host it is pinned to. */
  readonly nodes: Readonly<Record<string, string | undefined>>
  /** Cables between two nodes. */
  readonly cables: readonly (readonly [string, string])[]
  /** Nodes on one bridge. */
  readonly bridged: readonly string[]
}

/** A lab with addresses on every end; each node has its own interfaces eth1, eth2 … in the order of the links. */
export const chaosLab = (name: string, { nodes, cables, bridged }: Shape): ChaosLab => {
  const used = new Map<string, number>()
  const next = (node: string): string => {
    const count = (used.get(node) ?? 0) + 1
    used.set(node, count)
    return `eth${count}`
  }
  const wires = cables.map(([a, b], at) => ({
    ends: [`${a}:${next(a)}`, `${b}:${next(b)}`] as const,
    addresses: [`10.1.${at}.1`, `10.1.${at}.2`] as const,
  }))
  const taps = bridged.map((node, at) => ({
    end: `${node}:${next(node)}`,
    port: `sw:p${at + 1}`,
    address: `10.2.0.${at + 1}`,
  }))
  const ping = (from: string, to: string, address: string): Ping => ({
    id: `${name}/${from}->${to}`,
    container: `clab-${name}-${from.split(':')[0]}`,
    address,
  })
  const text = [
    `name: ${name}`,
    'topology:',
    '  defaults: { kind: linux, image: "alpine:3" }',
    '  nodes:',
    ...Object.entries(nodes).map(
      ([node, host]) => `    ${node}: {${host === undefined ? '' : ` labels: { skein/host: ${host} } `}}`,
    ),
    ...(taps.length === 0 ? [] : ['    sw: { kind: bridge }']),
    '  links:',
    ...wires.map(
      ({ ends, addresses }) =>
        `    - { endpoints: ["${ends.join('", "')}"], ipv4: ["${addresses.join('/24", "')}/24"] }`,
    ),
    ...taps.map(({ end, port, address }) => `    - { endpoints: ["${end}", "${port}"], ipv4: ["${address}/24"] }`),
    '',
  ].join('\n')
  const links = new Map<string, readonly Ping[]>([
    ...wires.map(
      ({ ends: [a, b], addresses: [ofA, ofB] }) => [`${a} ${b}`, [ping(a, b, ofB), ping(b, a, ofA)]] as const,
    ),
    ...taps.map(
      ({ end, port, address }) =>
        [
          `${end} ${port}`,
          taps
            .filter((other) => other.end !== end)
            .flatMap((other) => [ping(end, other.end, other.address), ping(other.end, end, address)]),
        ] as const,
    ),
  ])
  return { name, text, links }
}

/** Two labs that stay and one that comes and goes: twelve nodes, pinned and not, on one host, across two, and over all. */
export const chaosLabs = (
  hosts: readonly string[],
): { readonly lasting: readonly ChaosLab[]; readonly guest: ChaosLab } => {
  const on = (at: number): string => hosts[at % hosts.length] ?? ''
  const ring = chaosLab('ring', {
    nodes: { a: on(0), b: on(1), c: on(2), d: on(0), e: undefined },
    cables: [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
      ['a', 'd'],
      ['d', 'b'],
      ['e', 'c'],
    ],
    bridged: [],
  })
  const star = chaosLab('star', {
    nodes: { a: on(0), b: on(1), c: undefined, d: on(3) },
    cables: [['a', 'd']],
    bridged: ['a', 'b', 'c', 'd'],
  })
  const guest = chaosLab('guest', {
    nodes: { a: undefined, b: on(1), c: on(2) },
    cables: [
      ['a', 'b'],
      ['b', 'c'],
    ],
    bridged: ['a', 'c'],
  })
  return { lasting: [ring, star], guest }
}
