/** A string or number that only its decoder or its one maker may produce. */
export type Brand<T, Name extends string> = T & { readonly __brand: Name }

/** A host's libp2p peer id, base58 of its ed25519 public key (`12D3KooW…`, 52 characters). */
export type HostId = Brand<string, 'HostId'>
/** What people call a host; unique in the mesh, `[a-z0-9][a-z0-9-]{0,31}`. */
export type HostName = Brand<string, 'HostName'>
/** Unique in the mesh, `[A-Za-z0-9][A-Za-z0-9._-]{0,62}`. */
export type LabName = Brand<string, 'LabName'>
/** Unique in its lab, `[A-Za-z0-9][A-Za-z0-9_.-]{0,62}`. */
export type NodeName = Brand<string, 'NodeName'>
/** `node:interface`, unique in its lab. */
export type EndpointKey = Brand<string, 'EndpointKey'>
/** The sorted endpoint keys of a link joined by `--`: one cable has one id, whichever end was written first. */
export type LinkId = Brand<string, 'LinkId'>
/** The layer-2 domain of a link: its link id, or the name of the bridge node it ends in. Unique in its lab. */
export type SegmentId = Brand<string, 'SegmentId'>
/** 24-bit VXLAN network identifier, RFC 7348 §5. */
export type Vni = Brand<number, 'Vni'>
/** 12-bit VLAN tag on one host's bridge, 1–4094, IEEE 802.1Q. */
export type VlanTag = Brand<number, 'VlanTag'>
/** `kind/…`, unique on one host. */
export type ResourceId = Brand<string, 'ResourceId'>

export const HOST_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/
export const LAB_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
export const NODE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/
/** Of a snapshot; also a tag of an image (distribution/reference) and a name LXD takes. */
export const SNAPSHOT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/
/** What people call a kept state of a lab; a number is the state with that number. */
export const REVISION_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
/** Who reserves numbers: long enough for a lab, a node and what it is for; no space, so that it can be part of a key. */
export const OWNER_NAME = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,126}$/

/** The key of one end of a cable. */
export const endpointKey = (node: NodeName, interfaceName: string): EndpointKey =>
  `${node}:${interfaceName}` as EndpointKey

/** The id of the cable between these ends, in any order. */
export const linkId = (ends: readonly EndpointKey[]): LinkId => ends.toSorted().join('--') as LinkId
