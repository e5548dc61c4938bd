import type { SkeinHosts } from './skein-hosts.ts'

/** What must not change where nothing was asked for: processes of nodes; numbers, devices and settings of links. */
export interface LabState {
  /** Container id, process id and start time, by node. */
  readonly nodes: ReadonlyMap<string, string>
  /** Numbers, MAC addresses, and of each device on each host its kernel number, port number and tag, by link. */
  readonly links: ReadonlyMap<string, string>
  /** IPv4 addresses inside nodes, by end. */
  readonly addresses: ReadonlyMap<string, string>
}

interface LabView {
  readonly links: readonly {
    readonly id: string
    readonly vni: number | null
    readonly mtu: number | null
    readonly endpoints: readonly { readonly mac: string | null; readonly vlan: number | null }[]
  }[]
}

interface Device {
  readonly ifname: string
  readonly ifindex: number
  readonly mtu: number
  readonly ifalias?: string
}

const INSPECT = '{{index .Config.Labels "clab-node-name"}} {{.Id}} {{.State.Pid}} {{.State.StartedAt}}'

/** Reads the lab back from the tools of every host, not from what hosts tell. */
export async function readLabState(hosts: SkeinHosts, lab: string): Promise<LabState> {
  const [first = ''] = hosts.bed.hosts
  const view = await hosts.json<LabView>(first, 'lab', 'show', lab)
  const all = await Promise.all(hosts.bed.hosts.map((host) => readHost(hosts, host, lab)))
  const devices = new Map<string, string[]>()
  for (const { ends } of all) for (const [of, text] of ends) devices.set(of, [...(devices.get(of) ?? []), text])
  const addresses = new Map(all.flatMap((host) => host.addresses))
  const links = view.links.map(({ id, vni, mtu, endpoints }) => {
    const ends = id.split('--')
    const about = [
      ...[id, ...ends].flatMap((of) => devices.get(of) ?? []),
      ...ends.map((end) => addresses.get(end) ?? ''),
    ]
    return [id, JSON.stringify([vni, mtu, endpoints.map(({ mac, vlan }) => [mac, vlan]), about.toSorted()])] as const
  })
  return { nodes: new Map(all.flatMap(({ nodes }) => nodes)), links: new Map(links), addresses }
}

async function readHost({ bed }: SkeinHosts, host: string, lab: string) {
  const ids = (await bed.run(host, ['docker', 'ps', '-aq', '--filter', `label=skein.lab=${lab}`])).stdout.split('\n')
  const there = ids.filter((id) => id !== '')
  const found = there.length === 0 ? '' : (await bed.run(host, ['docker', 'inspect', '-f', INSPECT, ...there])).stdout
  const nodes = found
    .split('\n')
    .filter((line) => line !== '')
    .map((line): readonly [string, string] => {
      const [name = '', ...rest] = line.split(' ')
      return [name, `${host} ${rest.join(' ')}`]
    })
  const pids = nodes.map(([name, text]) => [name, text.split(' ')[2] ?? ''] as const)
  const addresses = (await Promise.all(pids.map((of) => readAddresses(bed, host, of)))).flat()
  const [ports, interfaces] = await Promise.all([
    rows(bed, host, 'Port', 'tag'),
    rows(bed, host, 'Interface', 'ofport'),
  ])
  const devices: readonly Device[] = JSON.parse((await bed.run(host, ['ip', '-j', 'link'])).stdout)
  const mark = new RegExp(`^skein:(?:nic|vtep):${lab}:(.+)$`)
  const ends = devices.flatMap(({ ifname, ifindex, mtu, ifalias }): readonly (readonly [string, string])[] => {
    const of = mark.exec(ifalias ?? '')?.[1]
    const text = [host, ifname, ifindex, mtu, ports.get(ifname), interfaces.get(ifname)].join(' ')
    return of === undefined ? [] : [[of, text]]
  })
  return { nodes, ends, addresses }
}

interface Inner {
  readonly ifname: string
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[]
}

async function readAddresses(bed: SkeinHosts['bed'], ...[host, [name, pid]]: [string, readonly [string, string]]) {
  const argv = ['nsenter', '-t', pid, '-n', 'ip', '-j', '-4', 'addr']
  const found: readonly Inner[] = JSON.parse((await bed.run(host, argv)).stdout)
  return found.map(({ ifname, addr_info: given }): readonly [string, string] => [
    `${name}:${ifname}`,
    given.map(({ local, prefixlen }) => `${local}/${prefixlen}`).join(' '),
  ])
}

/** One column of an Open vSwitch table, by name. */
async function rows(bed: SkeinHosts['bed'], host: string, ...[table, column]: readonly string[]) {
  const argv = ['ovs-vsctl', '--format=csv', '--no-headings', `--columns=name,${column}`, 'list', table ?? '']
  const lines = (await bed.run(host, argv)).stdout.split('\n')
  return new Map(
    lines.map((line): readonly [string, string] => {
      const [name = '', value = ''] = line.split(',')
      return [name, value]
    }),
  )
}

/** Names that differ between two readings, or are in one of them only. */
export const differing = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name)).toSorted()
