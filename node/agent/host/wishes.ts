import { createHash } from 'node:crypto'
import type { Engine } from '#core/engine/engine.ts'
import { containerName } from '#core/model/container-name.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Resource } from '#core/model/resource.ts'
import type { Path } from '#core/paths/paths.ts'
import { desired, type WantedLab } from '#core/plan/desired.ts'
import { BRIDGE_NAME, joinDevice, mgmtDevice, nicDevice, vtepDevice, WG_INTERFACE_NAME } from '#drivers/owner-mark.ts'
import type { Identity } from '#identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import { hasIpv6, readNearNetworks } from '#platform/near-networks.ts'
import type { LabFiles } from './lab-files.ts'

/** What the bridge of this host can do, asked once of Open vSwitch. */
export interface Datapath {
  readonly datapath: 'system' | 'netdev'
  readonly txOffload: boolean
}

export interface WishesOptions {
  readonly engine: Engine
  readonly identity: Identity
  readonly clock: Clock
  readonly files: LabFiles
  readonly ports: { readonly wireguard: number; readonly vxlan: number }
  /** Which of two paths a peer is reached on. */
  path(host: HostId): Path | undefined
  /** Endpoints of addresses a peer no longer has. */
  formerEndpoints(host: HostId): readonly string[]
  datapath(): Datapath
}

/** A host, the labs it is to have its part of, and what was seen on it. */
export interface WishesAsk {
  readonly self: HostId
  readonly labs: readonly WantedLab[]
  readonly seen: readonly Resource[]
}

/**
 * Everything a host must have, by what is known here: how another host is reached, and what its bridge can do, is taken to be as here.
 * Nothing for a host the roster does not have.
 */
export function wishes(options: WishesOptions, { self, labs, seen }: WishesAsk): readonly Resource[] {
  const { engine, identity, files, ports, clock } = options
  const roster = engine.roster?.hosts ?? []
  const host = roster.find(({ id }) => id === self)
  if (host === undefined) return []
  const { datapath, txOffload } = options.datapath()
  return desired({
    self,
    host: { name: host.name, overlayAddress: host.overlayAddress },
    meshId: identity.meshId,
    roster,
    labs,
    bridge: { name: BRIDGE_NAME, datapath },
    txOffload,
    underlayMtu: (peer) => engine.underlayMtu(peer),
    wg: wireguard(options),
    names: NAMES,
    nearNetworks: readNearNetworks(),
    hasIpv6: hasIpv6(),
    labFolder: (lab) => files.folder(lab),
    vxlanPort: ports.vxlan,
    wallMs: clock.nowMs(),
    seen,
    digest: (text) => createHash('sha256').update(text).digest('hex').slice(0, 32),
  })
}

type Desired = Parameters<typeof desired>[0]

const NAMES: Desired['names'] = {
  container: (intent, node) => containerName(intent.prefix, intent.name, node),
  nicDevice,
  vtepDevice,
  joinDevice,
  mgmtDevice,
}

const wireguard = (options: WishesOptions): Desired['wg'] => ({
  privateKeyFile: options.identity.wireguard.privateKeyFile,
  publicKey: options.identity.wireguard.publicKey,
  listenPort: options.ports.wireguard,
  interface: WG_INTERFACE_NAME,
  path: (host) => options.path(host),
  formerEndpoints: (host) => options.formerEndpoints(host),
})
