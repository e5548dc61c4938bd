import { type EndpointKey, endpointKey, type NodeName } from '../model/ids.ts'
import type { Anchor, Endpoint, LabNode } from '../model/lab.ts'
import { MGMT_INTERFACE } from '../model/mgmt.ts'
import { didYouMean } from '../model/nearest.ts'
import { writtenKind } from '../model/software.ts'
import { firstName, type InterfaceName, interfaceName, managementName } from './interface-name.ts'
import type { WrittenEnd } from './link-ends.ts'
import { quote, type Spot } from './report.ts'
import type { Reader } from './tree.ts'

/** What links may end in. Undefined for what is itself wrong, so that its links raise no further errors. */
export interface KnownEnds {
  /** Every name under `nodes` that is no anchor. */
  readonly nodes: ReadonlyMap<string, LabNode | undefined>
  readonly anchors: ReadonlyMap<string, Anchor | undefined>
}

export interface EndContext extends KnownEnds {
  /** Where each endpoint was first used; added to by each check. */
  readonly used: Map<EndpointKey, Spot>
  /** The endpoint each written MAC address is of; added to by each check. */
  readonly macs: Map<string, EndpointKey>
  readonly reader: Reader
}

/** Names with which a device of ours on a host begins (drivers/owner-mark). */
const OWN_DEVICE = /^(skein|sk[a-z][0-9a-f]{12}$|skw\d)/

/** The one name of an end's interface, by the kind of its node. */
export const plainName = (end: WrittenEnd, { nodes }: KnownEnds): InterfaceName =>
  interfaceName(writtenKind(nodes.get(end.node)), end.interface)

/** The end as the intent holds it; undefined where it is wrong, which is reported. */
export function checkEnd(end: WrittenEnd, context: EndContext): Endpoint | undefined {
  const { nodes, anchors, reader } = context
  if (!nodes.has(end.node) && !anchors.has(end.node)) {
    const message = (): string =>
      `there is no node ${quote(end.node)}.${didYouMean(end.node, [...nodes.keys(), ...anchors.keys()])}`.replace(
        /\.$/,
        '',
      )
    reader.report.error('UNKNOWN_NODE', end.nodeAt, message)
    return undefined
  }
  const plain = plainName(end, context)
  const problem = 'problem' in plain ? plain.problem : keptProblem(plain.name, end, context)
  if (problem !== undefined || 'problem' in plain) {
    const message = `the interface ${quote(end.interface)} of ${quote(end.node)} ${problem}`
    reader.report.error('BAD_NAME', end.interfaceAt, message)
    return undefined
  }
  const key = endpointKey(end.node as NodeName, plain.name)
  if (isUsedAgain(key, end, context) || isMacUsedAgain(key, end, context)) return undefined
  const { mac, ipv4, ipv6, vars } = end
  return {
    node: end.node as NodeName,
    interface: plain.name,
    ...(plain.alias === undefined ? {} : { alias: plain.alias }),
    ...(mac === undefined ? {} : { mac }),
    ...(ipv4 === undefined ? {} : { ipv4 }),
    ...(ipv6 === undefined ? {} : { ipv6 }),
    ...(vars === undefined ? {} : { vars }),
  }
}

/** Of names that are fine in themselves: those something else has. */
function keptProblem(name: string, { node: nodeName }: WrittenEnd, { nodes, anchors }: KnownEnds): string | undefined {
  if (anchors.get(nodeName)?.type === 'host' && OWN_DEVICE.test(name)) return 'is a name Skein gives to devices itself'
  const node = nodes.get(nodeName)
  if (node === undefined || node.kind === 'bridge') return undefined
  if (node.networkMode === 'host')
    return 'cannot be made: the node has `network-mode: host`, so no interfaces of its own; write the end as `host:NAME`'
  const kind = writtenKind(node)
  if ((name !== managementName(kind) && name !== MGMT_INTERFACE) || node.networkMode === 'none') return undefined
  return `is kept for management; start links at \`${firstName(kind)}\`, or give the node \`network-mode: none\``
}

function isUsedAgain(key: EndpointKey, end: WrittenEnd, { used, reader }: EndContext): boolean {
  const first = used.get(key)
  if (first === undefined) {
    used.set(key, end.interfaceAt)
    return false
  }
  reader.report.error('DUPLICATE', end.interfaceAt, `${quote(key)} is the end of a link already, on line ${first.line}`)
  return true
}

function isMacUsedAgain(key: EndpointKey, { mac, macAt }: WrittenEnd, { macs, reader }: EndContext): boolean {
  if (mac === undefined || macAt === undefined) return false
  const first = macs.get(mac)
  if (first === undefined) {
    macs.set(mac, key)
    return false
  }
  reader.report.error('DUPLICATE', macAt, `the MAC address ${quote(mac)} is that of ${quote(first)} already`)
  return true
}
