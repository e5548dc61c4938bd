import type { Endpoint, InnerDevice, LabNode } from '../model/lab.ts'
import type { EndContext } from './check-end.ts'
import { interfaceNameProblem } from './interface-name.ts'
import type { WrittenLink } from './links.ts'
import { quote } from './report.ts'
import type { Reader } from './tree.ts'

/** A link with one end. */
export interface DeviceLink {
  readonly device: InnerDevice
  readonly link: WrittenLink
  readonly endpoints: readonly Endpoint[]
}

/** A node that shares a network is in the management network by that. */
function isManaged({ name, networkMode }: LabNode, { at }: WrittenLink, reader: Reader): boolean {
  if (networkMode === undefined || networkMode === 'none') return true
  const message = `node ${quote(name)} shares the network of another, so it cannot have an end in the management network`
  reader.report.error('CONFLICT', at, message)
  return false
}

/** Whether a macvlan or dummy has what it takes: one node to be in, on the host its parent is on. What is wrong is reported. */
export function checkDevice({ device, link, endpoints }: DeviceLink, { nodes, reader }: EndContext): boolean {
  const [end] = endpoints
  const node = end && nodes.get(end.node)
  if (end === undefined || node === undefined || endpoints.length > 1 || node.kind === 'bridge') {
    const message = `a ${device.type} is an interface of one node that the lab runs; this link has another end`
    reader.report.error('BAD_VALUE', link.at, message)
    return false
  }
  if (device.type === 'mgmt-net') return isManaged(node, link, reader)
  if (device.type === 'dummy') return true
  const problem = interfaceNameProblem(device.parent)
  if (problem !== undefined) {
    reader.report.error('BAD_NAME', link.at, `the interface ${quote(device.parent)} of the host ${problem}`)
    return false
  }
  if (device.host !== undefined && node.host !== undefined && device.host !== node.host) {
    const message = `the macvlan of ${quote(end.node)} is on host ${quote(device.host)}, but the node is pinned to ${quote(node.host)}`
    reader.report.error('CONFLICT', link.at, message)
    return false
  }
  return true
}
