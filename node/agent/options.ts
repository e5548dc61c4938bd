import type { Engine } from '#core/engine/engine.ts'
import type { Fresh } from '#core/model/record.ts'
import type { Workload } from '#core/model/resource.ts'
import type { PathsConfig } from '#core/paths/paths.ts'
import type { Driver } from '#drivers/driver.ts'
import type { ImageEngines } from '#drivers/images.ts'
import type { Snapshots } from '#drivers/snapshots.ts'
import type { ApiCertificateFiles } from '#identity/api-certificate.ts'
import type { Identity } from '#identity/index.ts'
import type { Mesh, MeshOptions } from '#mesh/mesh.ts'
import type { Clock } from '#platform/clock.ts'
import type { openDatagrams } from '#platform/datagrams.ts'
import type { Exec, Follow } from '#platform/exec.ts'
import type { Logger } from '#platform/log.ts'
import type { Store } from '#store/index.ts'
import type { StreamDoors } from './host/streams.ts'
import type { Datapath } from './host/wishes.ts'
import type { IperfDoors } from './iperf/deps.ts'
import type { Watcher } from './watcher.ts'

/** What an agent is made of: the composition gives the real parts, tests give others. */
export interface AgentOptions {
  readonly engine: Engine
  readonly identity: Identity
  readonly store: Store
  readonly exec: Exec
  /** Follows what the drivers' tools tell of this host. */
  readonly follow: Follow
  readonly drivers: readonly Driver[]
  readonly clock: Clock
  readonly log: Logger
  readonly version: string
  readonly protocol: number
  /** Durable counter of this start. */
  readonly boot: number
  readonly freshness: Readonly<Record<string, Fresh>>
  readonly labFolder: string
  readonly ports: { readonly libp2p: number; readonly wireguard: number; readonly vxlan: number }
  readonly sweepMs: number
  /** Percent of the CPUs and the memory of this host that may be promised to lab nodes; the usual where absent. */
  readonly promisedPercent?: { readonly cpu: number; readonly mem: number }
  /** How two paths to a peer are judged. */
  readonly paths: PathsConfig
  /** This host's address on a second network, where its configuration names one; else empty. */
  readonly secondaryAddress: string
  /** The least MTU of the interfaces that have one of these addresses, in bytes; undefined where none has. Absent: nobody can say. */
  mtuAt?(addresses: readonly string[]): number | undefined
  createMesh(options: MeshOptions): Mesh
  /** Opens UDP sockets. */
  openDatagrams: typeof openDatagrams
  detect(): Promise<Datapath>
  /** What this host can that not every host can, for placement. Never rejects. */
  capabilities(): Promise<readonly string[]>
  /** What keeps and puts back the lab nodes of each engine. */
  readonly snapshots: readonly Snapshots[]
  /** Ends a lab node and starts it again. */
  restart(workload: Workload): Promise<void>
  execIn(
    containerId: string,
    argv: readonly string[],
    stdin?: Uint8Array,
  ): Promise<{ exitCode: number; stdout: string; stderr: string }>
  /** Whether the engine of this host can fetch an image that is not here; all can be where it is absent. */
  canFetch?(image: string): Promise<boolean>
  /**
   * Images of the engine of this host, and the folder they pass through on their way to and from others; none pass where it is absent.
   * `port`: TCP, on the overlay address alone; without it they are given over the mesh's own connections.
   */
  readonly images?: { readonly engines: ImageEngines; readonly folder: string; readonly port?: number }
  /** Frames and output of lab nodes, and terminals in them. */
  readonly streams: StreamDoors
  /** What this host shows of labs besides: files of names, and published ports. Where it is absent it shows nothing. */
  readonly outward?: { readonly hostsFile: string; readonly resolvFile: string }
  /** By what this host measures; where it is absent it serves no test. */
  readonly iperf?: IperfDoors
  /** Told of what the agent does, as it does it; nobody where it is absent. */
  readonly watcher?: Watcher
  /** Where the certificate of the API is kept; a new one at each start where it is absent. */
  readonly apiFiles?: ApiCertificateFiles
  onFatal(error: unknown): void
}
