import type { EndpointKey, LabName, NodeName, ResourceId, SegmentId } from './ids.ts'

const id = (kind: string, ...parts: readonly string[]): ResourceId => [kind, ...parts].join('/') as ResourceId

/** `image/<name>` */
export const imageId = (name: string): ResourceId => id('image', name)

/** `lxd-image/<name>` */
export const lxdImageId = (name: string): ResourceId => id('lxd-image', name)

/** `workload/<lab>/<node>` */
export const workloadId = (lab: LabName, node: NodeName): ResourceId => id('workload', lab, node)

/** `ext-container/<lab>/<node>` */
export const extContainerId = (lab: LabName, node: NodeName): ResourceId => id('ext-container', lab, node)

/** `host-bridge/<name>` */
export const hostBridgeId = (name: string): ResourceId => id('host-bridge', name)

/** `nic/<lab>/<endpoint>` */
export const nicId = (lab: LabName, endpoint: EndpointKey): ResourceId => id('nic', lab, endpoint)

/** `shaper/<lab>/<endpoint>` */
export const shaperId = (lab: LabName, endpoint: EndpointKey): ResourceId => id('shaper', lab, endpoint)

/** `port/<device>` */
export const portId = (device: string): ResourceId => id('port', device)

/** `wire/<vlan>` */
export const wireId = (vlan: number): ResourceId => id('wire', String(vlan))

/** `vtep/<lab>/<segment>` */
export const vtepId = (lab: LabName, segment: SegmentId): ResourceId => id('vtep', lab, segment)

/** `outlet`: there is one. */
export const OUTLET_ID = 'outlet' as ResourceId

/** `bridge/<name>` */
export const bridgeId = (name: string): ResourceId => id('bridge', name)

/** `wg-interface/<name>` */
export const wgInterfaceId = (name: string): ResourceId => id('wg-interface', name)

/** `wg-peer/<interface>/<public key>` */
export const wgPeerId = (name: string, publicKey: string): ResourceId => id('wg-peer', name, publicKey)
