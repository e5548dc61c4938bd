import type { ResourceId } from '../model/ids.ts'
import { type Plan, type Resource, subject, type Vtep, type WgPeer, type Wire } from '../model/resource.ts'

/** What is being done about a resource that is not as it should be. */
export type Doing =
  | { readonly type: 'now' }
  | { readonly type: 'waits'; readonly for: readonly ResourceId[] }
  /** Something but time must come first: files of the lab, a start-up delay. */
  | { readonly type: 'held' }
  | { readonly type: 'again'; readonly afterMs: number; readonly error: string }
  | { readonly type: 'paused'; readonly afterMs: number }
  /** Its tool cannot be asked, so nothing is known of it. */
  | { readonly type: 'blind'; readonly error: string }
  /** It is as wanted, yet does not do its work. */
  | { readonly type: 'nothing' }

/** What is wrong with one resource of this host. */
export interface Trouble {
  readonly reason: string
  readonly doing: Doing
}

/** What is wrong with which resources of this host; those not in it are as wanted. */
export type Troubles = ReadonlyMap<ResourceId, Trouble>

/** The troubles a plan is about; `doing` says what is done about the ready ones. */
export const troublesOf = ({ ready, blocked }: Plan, doing: (id: ResourceId) => Doing): Troubles =>
  new Map([
    ...ready.map((op) => [subject(op).id, { reason: op.reason, doing: doing(subject(op).id) }] as const),
    ...blocked.map(
      ({ op, waitingFor }) =>
        [subject(op).id, { reason: op.reason, doing: { type: 'waits', for: waitingFor } }] as const,
    ),
  ])

/** The wanted side of a host, and what is wrong with it. */
export interface HostTruth {
  readonly wanted: ReadonlyMap<ResourceId, Resource>
  readonly troubles: Troubles
  /** The name of the host with this overlay address. */
  peerName(overlayAddress: string): string
}

/** The first thing wrong on the way a frame takes, in words. */
export interface Cause {
  readonly resource: Resource
  /** For example `port skn0123456789: VLAN tag is 7, 100 is wanted`. */
  readonly error: string
  /** For example `being mended`. */
  readonly doing?: string
  /** It is being seen to, and nothing went wrong with that. */
  readonly isMending: boolean
}

/** The first thing wrong of all that the resource `id` stands on, in the order frames depend on it, itself last. */
export function firstCause(id: ResourceId, truth: HostTruth): Cause | undefined {
  for (const resource of chain(id, truth.wanted)) {
    const trouble = truth.troubles.get(resource.id)
    if (trouble === undefined) continue
    const doing = doingText(trouble.doing, resource, truth)
    return {
      resource,
      error: errorText(resource, trouble, truth),
      ...(doing === undefined ? {} : { doing }),
      isMending: MENDING.has(trouble.doing.type),
    }
  }
  return undefined
}

/** What a driver says of a broken device mostly names it already. */
function errorText(resource: Resource, { reason }: Trouble, truth: HostTruth): string {
  const fault = reason.startsWith(BROKEN) ? reason.slice(BROKEN.length) : undefined
  const name = deviceOf(resource)
  return fault !== undefined && name !== undefined && fault.includes(name)
    ? fault
    : `${describe(resource, truth)}: ${reason}`
}

/** The kernel's name of what a resource is on the host. */
const deviceOf = (resource: Resource): string | undefined => {
  if (resource.kind === 'nic') return resource.hostName
  if (resource.kind === 'port' || resource.kind === 'vtep' || resource.kind === 'shaper') return resource.device
  return resource.kind === 'bridge' || resource.kind === 'wg-interface' ? resource.name : undefined
}

/** How a plan begins the reason for what has a fault. */
const BROKEN = 'broken: '

const MENDING: ReadonlySet<Doing['type']> = new Set(['now', 'waits', 'held'])

/**
 * What `id` stands on, first things first; of a tunnel end also the WireGuard peers it sends to. Not images: what runs needs them no
 * longer, and what does not run says so itself.
 */
function chain(id: ResourceId, wanted: HostTruth['wanted']): readonly Resource[] {
  const resource = wanted.get(id)
  if (resource === undefined || resource.kind === 'image') return []
  const peers = resource.kind === 'vtep' ? peersOf(resource, wanted) : []
  return [...resource.needs.flatMap((need) => chain(need, wanted)), ...peers, resource]
}

const peersOf = ({ remotes }: Vtep, wanted: HostTruth['wanted']): readonly WgPeer[] =>
  [...wanted.values()].filter(
    (resource): resource is WgPeer =>
      resource.kind === 'wg-peer' && resource.allowedIps.some((cidr) => remotes.includes(addressOf(cidr))),
  )

const addressOf = (cidr: string): string => cidr.split('/')[0] ?? ''

/** How people find a resource on the host. */
export function describe(resource: Resource, { peerName }: Pick<HostTruth, 'peerName'>): string {
  switch (resource.kind) {
    case 'image':
      return `image ${resource.name}`
    case 'ext-container':
      return `container ${resource.containerName}, which is not Skein's`
    case 'host-bridge':
      return `bridge ${resource.name} of the host`
    case 'workload':
      return `container ${resource.containerName}`
    case 'bridge':
      return `bridge ${resource.name}`
    case 'wire':
      return `flows of ${segmentOf(resource)}`
    case 'nic':
      return `interface ${resource.endpoint}, ${resource.hostName} on the host`
    case 'shaper':
      return `impairment of ${resource.endpoint}`
    case 'port':
      return `bridge port ${resource.device}`
    case 'vtep':
      return `tunnel device ${resource.device}`
    case 'wg-interface':
      return `WireGuard interface ${resource.name}`
    case 'outlet':
      return 'the way out of management networks'
    case 'wg-peer':
      return `WireGuard peer ${peerName(addressOf(resource.allowedIps[0] ?? ''))}`
  }
}

/** Of a wire that nobody wants, only the tag is known. */
const segmentOf = ({ owner, vlan }: Wire): string => owner?.slice(owner.indexOf('/') + 1) ?? `VLAN ${vlan}`

/** Times are those decided on, not those left, so that a text changes only when something else is done. */
function doingText(doing: Doing, resource: Resource, truth: HostTruth): string | undefined {
  switch (doing.type) {
    case 'now':
      return 'being mended'
    case 'waits':
      return `waits for ${doing.for.map((id) => nameOf(id, truth)).join(', ')}`
    case 'held':
      return 'waits for its files or its start-up delay'
    case 'again':
      return `tried again after ${seconds(doing.afterMs)}${isOfNode(resource) ? '' : `: ${doing.error}`}`
    case 'paused':
      return `paused for ${seconds(doing.afterMs)}: it comes undone again and again`
    case 'blind':
      return isOfNode(resource) ? 'its tool does not answer' : doing.error
    case 'nothing':
      return undefined
  }
}

const nameOf = (id: ResourceId, truth: HostTruth): string => {
  const resource = truth.wanted.get(id)
  return resource === undefined ? id : describe(resource, truth)
}

/** What a node tells of itself, its links do not repeat. */
const isOfNode = ({ kind }: Resource): boolean => kind === 'workload' || kind === 'image'

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`
