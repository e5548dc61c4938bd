import { decodeAlias } from '#drivers/owner-mark.ts'
import type { Testbed } from './testbed.ts'

/** What one host really has, as its tools say; nothing of it went through an agent. */
export interface HostLook {
  readonly host: string
  /** Containers with our label; `inner`: their devices by name. */
  readonly containers: readonly {
    readonly name: string
    readonly state: string
    readonly inner: ReadonlyMap<string, InnerDevice>
  }[]
  /** Devices whose name or mark says that they are ours. */
  readonly devices: readonly SeenDevice[]
  /** Ports of the bridge, whoever made them. */
  readonly ports: readonly {
    readonly device: string
    readonly tag: number | undefined
    readonly owner: string | undefined
  }[]
  readonly flows: readonly string[]
  /** What each peer of the WireGuard interface may send from. */
  readonly wgPeers: readonly string[]
  /** Agents, their open files, their children by command. */
  readonly agents: readonly { readonly pid: number; readonly files: number; readonly children: readonly string[] }[]
}

interface InnerDevice {
  readonly mac: string
  readonly mtuBytes: number
  readonly isUp: boolean
  /** With prefix length. */
  readonly addresses: readonly string[]
  readonly txOffload: boolean
}

export interface SeenDevice {
  readonly name: string
  /** What its alias says, for example `nic:ring:a:eth1`. */
  readonly of: string | undefined
  readonly isUp: boolean
  readonly mtuBytes: number
  readonly vni: number | undefined
  /** Where frames without a known address go. */
  readonly floods: readonly string[]
}

const MAIN = new URL('../main.ts', import.meta.url).pathname
const PART = '@@@'

/** Each part begins with a line `@@@<name> …`; a tool that fails fails the look. */
const SCRIPT = `
echo '${PART}links'; ip -d -j link
echo '${PART}fdb'; bridge -j fdb show
echo '${PART}ports'; ovs-vsctl --timeout=10 --format=json --columns=name,tag,external_ids list Port
echo '${PART}bridge'; ovs-vsctl --timeout=10 list-ports skein0
echo '${PART}flows'; ovs-ofctl --timeout=10 --no-stats dump-flows skein0 | grep actions
echo '${PART}wg'; wg show skw0 allowed-ips
docker ps -aq --filter label=skein=workload | xargs -r docker inspect -f '{{.Name}} {{.State.Status}} {{.State.Pid}}' >/run/chaos-nodes
while read -r name state pid; do
  echo "${PART}node \${name#/} $state"
  [ "$state" = running ] || continue
  nsenter -t "$pid" -n ip -j addr || continue
  for d in $(nsenter -t "$pid" -n ip -o link | sed -n 's/^[0-9]*: \\([^@:]*\\)@.*/\\1/p'); do
    echo "${PART}offload \${name#/} $d"; nsenter -t "$pid" -n ethtool -k "$d" | grep tx-checksum-ip-generic
  done
done </run/chaos-nodes
for pid in $(pgrep -f '^[^ ]*node ${MAIN} run'); do
  echo "${PART}agent $pid $(ls /proc/$pid/fd | wc -l)"; ps -o args= --ppid "$pid" || true
done`

/** Looks at a host that runs. Rejects where a tool does not answer. */
export const lookAt = async (bed: Testbed, host: string): Promise<HostLook> => {
  const { stdout } = await bed.run(host, ['sh', '-ec', SCRIPT], { timeoutMs: 60_000 })
  const parts = stdout.split(`${PART}`).slice(1).map(readPart)
  const of = (name: string) => parts.filter((part) => part.words[0] === name)
  const text = (name: string): string => of(name)[0]?.text ?? ''
  const onBridge = new Set(lines(text('bridge')))
  return {
    host,
    containers: of('node').map((part) => ({
      name: part.words[1] ?? '',
      state: part.words[2] ?? '',
      inner: readInner(
        part.text,
        of('offload').filter(({ words }) => words[1] === part.words[1]),
      ),
    })),
    devices: readDevices(text('links'), text('fdb')),
    ports: readPorts(text('ports')).filter(({ device }) => onBridge.has(device)),
    flows: lines(text('flows')),
    wgPeers: lines(text('wg')).map((line) => line.split('\t')[1] ?? ''),
    agents: of('agent').map(({ words, text }) => ({
      pid: Number(words[1]),
      files: Number(words[2]),
      children: lines(text),
    })),
  }
}

interface Part {
  readonly words: readonly string[]
  readonly text: string
}

const readPart = (part: string): Part => {
  const end = part.indexOf('\n')
  return { words: part.slice(0, end).split(' '), text: part.slice(end + 1) }
}

const lines = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))

const json = <T>(text: string): T => JSON.parse(text.trim() === '' ? '[]' : text) as T

interface IpLink {
  readonly ifname: string
  readonly ifalias?: string
  readonly address?: string
  readonly mtu: number
  readonly flags: readonly string[]
  readonly linkinfo?: { readonly info_data?: { readonly id?: number } }
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[]
}

const readDevices = (links: string, fdb: string): readonly SeenDevice[] => {
  const entries = json<readonly { mac: string; ifname: string; dst?: string }[]>(fdb)
  return json<readonly IpLink[]>(links).flatMap(({ ifname, ifalias, mtu, flags, linkinfo }) => {
    const mark = decodeAlias(ifalias)
    if (mark === undefined && !/^sk[nv]/.test(ifname)) return []
    const floods = entries.flatMap(({ mac, ifname: on, dst }) =>
      on === ifname && mac === '00:00:00:00:00:00' && dst !== undefined ? [dst] : [],
    )
    const of = mark === undefined ? undefined : `${mark.kind}:${mark.lab}:${mark.of}`
    return [{ name: ifname, of, isUp: flags.includes('UP'), mtuBytes: mtu, vni: linkinfo?.info_data?.id, floods }]
  })
}

const readInner = (text: string, offloads: readonly Part[]): ReadonlyMap<string, InnerDevice> =>
  new Map(
    json<readonly IpLink[]>(text).map(({ ifname, address, mtu, flags, addr_info }) => [
      ifname,
      {
        mac: address ?? '',
        mtuBytes: mtu,
        isUp: flags.includes('UP'),
        addresses: (addr_info ?? []).flatMap(({ local, prefixlen }) => `${local}/${prefixlen}`),
        txOffload: offloads.some((part) => part.words[2] === ifname && / on/.test(part.text)),
      },
    ]),
  )

const readPorts = (text: string): HostLook['ports'] => {
  const { data } = JSON.parse(text) as {
    readonly data: readonly (readonly [string, unknown, readonly [string, readonly (readonly [string, string])[]]])[]
  }
  return data.map(([device, tag, [, ids]]) => ({
    device,
    tag: typeof tag === 'number' ? tag : undefined,
    owner: ids.find(([key]) => key === 'skein')?.[1],
  }))
}
