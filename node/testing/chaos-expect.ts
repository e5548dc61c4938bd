import type { LabView, LinkView } from '#core/view/types.ts'
import type { HostLook } from './chaos-eyes.ts'
import { isMgmt, wrongMgmt } from './chaos-mgmt.ts'

/** What there must be: labs with hosts and numbers as assigned, and the overlay address of each host. */
export interface Expected {
  readonly labs: readonly LabView[]
  readonly overlay: ReadonlyMap<string, string>
}

/** The device of other people on our bridge. */
const FOREIGN_PORT = 'chaosport'
/** What a bridge that only switches has, as ovs-ofctl(8) prints it. */
const SWITCH_FLOW = 'priority=0 actions=NORMAL'
/** Ports of cables are numbered from here, two for each VLAN tag. */
const FIRST_WIRED = 32_768
/** Each source of events has one process that listens. */
const LISTENERS = ['ip', 'bridge', 'ovsdb-client', 'ovs-ofctl']

/** Everything hosts have that was not assigned, and everything assigned that they do not have, in words; empty where all is well. */
export const wrongs = (looks: readonly HostLook[], expected: Expected): readonly string[] =>
  looks.flatMap((look) =>
    [
      ...wrongNodes(look, expected),
      ...wrongDevices(look, expected),
      ...wrongTunnels(look, expected),
      ...wrongMgmt(look, expected),
      ...wrongFlows(look, expected),
      ...wrongHost(look, expected),
    ].map((wrong) => `${look.host}: ${wrong}`),
  )

interface End {
  readonly lab: string
  readonly link: LinkView
  readonly end: LinkView['endpoints'][number]
}

const endsOn = (host: string, { labs }: Expected): readonly End[] =>
  labs.flatMap(({ name: lab, links }) =>
    links.flatMap((link) => link.endpoints.filter((end) => end.host === host).map((end) => ({ lab, link, end }))),
  )

const wrongNodes = (look: HostLook, expected: Expected): readonly string[] => {
  const wanted = expected.labs.flatMap(({ name, nodes }) =>
    nodes.flatMap((node) => (node.host === look.host ? [`clab-${name}-${node.name}`] : [])),
  )
  const seen = look.containers.map(({ name }) => name)
  return [
    ...wanted
      .filter((name) => seen.filter((other) => other === name).length !== 1)
      .map((name) => `no container ${name}`),
    ...seen.filter((name) => !wanted.includes(name)).map((name) => `unwanted container ${name}`),
    ...look.containers
      .filter(({ state }) => state !== 'running')
      .map(({ name, state }) => `container ${name} is ${state}`),
    ...endsOn(look.host, expected).flatMap((end) => wrongInner(look, end, isOneMtu(end.lab, expected))),
  ]
}

/** In a lab of several MTUs senders segment themselves: the bridge of the hosts under test does it wrong. */
const isOneMtu = (lab: string, { labs }: Expected): boolean =>
  new Set(labs.find(({ name }) => name === lab)?.links.map(({ mtu }) => mtu)).size <= 1

/** `wanted`: whether it may leave checksums to the bridge. */
const wrongInner = (look: HostLook, { lab, link, end }: End, wanted: boolean): readonly string[] => {
  const what = `${lab}/${end.node}:${end.interface}`
  const device = look.containers.find(({ name }) => name === `clab-${lab}-${end.node}`)?.inner.get(end.interface)
  if (device === undefined) return [`${what} is not there`]
  return [
    ...(device.isUp ? [] : [`${what} is down`]),
    ...(device.mac === end.mac ? [] : [`${what} has MAC ${device.mac}, not ${end.mac}`]),
    ...(device.mtuBytes === link.mtu ? [] : [`${what} has MTU ${device.mtuBytes}, not ${link.mtu}`]),
    ...(end.ipv4 === undefined || device.addresses.includes(end.ipv4) ? [] : [`${what} lacks ${end.ipv4}`]),
    ...(device.txOffload === wanted ? [] : [`${what} has ${wanted ? 'no ' : ''}tx offload`]),
  ]
}

/** Host ends of nics, and ports of both nics and tunnels. */
const wrongDevices = (look: HostLook, expected: Expected): readonly string[] => {
  const ends = endsOn(look.host, expected)
  const wanted = new Map(ends.map(({ lab, end, link }) => [`nic:${lab}:${end.node}:${end.interface}`, { end, link }]))
  const nics = look.devices.filter((one) => one.vni === undefined && !isMgmt(one))
  const counted = Map.groupBy(nics, ({ of }) => of ?? '')
  return [
    ...[...wanted.keys()]
      .filter((of) => counted.get(of)?.length !== 1)
      .map((of) => `${counted.get(of)?.length ?? 0} devices of ${of}`),
    ...nics
      .filter(({ of }) => of === undefined || !wanted.has(of))
      .map(({ name, of }) => `unwanted device ${name} of ${of}`),
    ...nics.filter(({ isUp }) => !isUp).map(({ of }) => `device of ${of} is down`),
    ...nics.flatMap(({ name, of, mtuBytes }) => {
      const want = wanted.get(of ?? '')
      if (want === undefined) return []
      const mtu = mtuBytes === want.link.mtu ? [] : [`device of ${of} has MTU ${mtuBytes}, not ${want.link.mtu}`]
      return [...mtu, ...wrongPort(look, name, want.end.vlan)]
    }),
    ...look.ports
      .filter(({ device }) => device !== FOREIGN_PORT && !look.devices.some(({ name }) => name === device))
      .map(({ device }) => `unwanted port ${device}`),
  ]
}

const wrongPort = (look: HostLook, device: string, vlan: number | null): readonly string[] => {
  const port = look.ports.find((one) => one.device === device)
  if (port === undefined) return [`no port ${device}`]
  return [
    ...(port.tag === vlan ? [] : [`port ${device} has tag ${port.tag}, not ${vlan}`]),
    ...(port.owner === undefined ? [`port ${device} lacks our mark`] : []),
  ]
}

const wrongTunnels = (look: HostLook, expected: Expected): readonly string[] => {
  const wanted = new Map(
    endsOn(look.host, expected).flatMap((end) => (end.link.vni === null ? [] : [[end.link.vni, end] as const])),
  )
  const seen = look.devices.filter((one) => one.vni !== undefined && !isMgmt(one))
  return [
    ...[...wanted.keys()]
      .filter((vni) => seen.filter((one) => one.vni === vni).length !== 1)
      .map((vni) => `no tunnel ${vni}`),
    ...seen.flatMap(({ name, of, vni, isUp, floods, mtuBytes }) => {
      const end = wanted.get(vni ?? 0)
      if (end === undefined) return [`unwanted tunnel ${vni} of ${of}`]
      const remotes = remotesOf(look.host, end, expected).join(', ')
      return [
        ...(isUp ? [] : [`tunnel ${vni} is down`]),
        ...(mtuBytes === end.link.mtu ? [] : [`tunnel ${vni} has MTU ${mtuBytes}`]),
        ...(floods.toSorted().join(', ') === remotes
          ? []
          : [`tunnel ${vni} floods to ${floods.join(', ')}, not ${remotes}`]),
        ...wrongPort(look, name, end.end.vlan),
      ]
    }),
  ]
}

const remotesOf = (host: string, { link, lab }: End, { labs, overlay }: Expected): readonly string[] => {
  const links = labs
    .filter(({ name }) => name === lab)
    .flatMap((one) => one.links.filter(({ vni }) => vni === link.vni))
  const hosts = new Set(links.flatMap(({ endpoints }) => endpoints.flatMap((end) => end.host || [])))
  hosts.delete(host)
  return [...hosts].map((other) => overlay.get(other) ?? other).sort()
}

/** One flow that switches, and two for each cable with an end here; none else. */
const wrongFlows = (look: HostLook, expected: Expected): readonly string[] => {
  const tags = new Set(
    endsOn(look.host, expected).flatMap(({ lab, link, end }) => (isCable(lab, link, expected) ? (end.vlan ?? []) : [])),
  )
  const wanted = [...tags].flatMap((tag) => {
    const [one, other] = [FIRST_WIRED + 2 * tag, FIRST_WIRED + 2 * tag + 1]
    return [wayFlow(one, other), wayFlow(other, one)]
  })
  const [want, seen] = [new Set([SWITCH_FLOW, ...wanted]), new Set(look.flows)]
  return [
    ...[...want].filter((flow) => !seen.has(flow)).map((flow) => `no flow ${flow}`),
    ...[...seen].filter((flow) => !want.has(flow)).map((flow) => `unwanted flow ${flow}`),
  ]
}

const wayFlow = (from: number, to: number): string =>
  `cookie=0x736b65696e, priority=100,in_port=${from} actions=output:${to}`

/** Two ends, neither of them a bridge. */
const isCable = (lab: string, { endpoints }: LinkView, { labs }: Expected): boolean => {
  const nodes = labs.find(({ name }) => name === lab)?.nodes ?? []
  const isBridge = (node: string): boolean => nodes.some(({ name, kind }) => name === node && kind === 'bridge')
  return endpoints.length === 2 && !endpoints.some(({ node }) => isBridge(node))
}

const wrongHost = (look: HostLook, { overlay }: Expected): readonly string[] => {
  const peers = [...overlay]
    .flatMap(([host, address]) => (host === look.host ? [] : [`${address}/32`]))
    .sort()
    .join(', ')
  const seen = look.wgPeers.toSorted().join(', ')
  const [agent] = look.agents
  const listeners = (agent?.children ?? []).filter(
    (line) => / monitor( |$)/.test(line) && LISTENERS.includes(tool(line)),
  )
  return [
    ...(seen === peers ? [] : [`WireGuard peers ${seen}, not ${peers}`]),
    ...(look.agents.length === 1 ? [] : [`${look.agents.length} agents`]),
    ...LISTENERS.filter((one) => !listeners.some((line) => tool(line) === one)).map(
      (one) => `nobody listens by ${one}`,
    ),
    ...(new Set(listeners).size === listeners.length ? [] : [`listens twice: ${listeners.join('; ')}`]),
  ]
}

const tool = (line: string): string => line.split(' ')[0]?.split('/').at(-1) ?? ''
