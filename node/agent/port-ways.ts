import type { PeerPathsView } from './port-hosts.ts'

/** How one host reaches each other one, as itself says. */
export interface HostWays {
  readonly host: string
  /** When its certificate of the mesh ends, milliseconds since 1970; null where it does not say. */
  readonly certificateEndMs: number | null
  readonly ways: readonly WayView[]
  /** Why it could not be asked; then it has no ways. */
  readonly unreachable?: string
}

/** From one host to another. */
export interface WayView extends PeerPathsView {
  /** The last answer of that peer to a probe of the mesh's own connection; null while it is not connected. */
  readonly roundTripMs: number | null
}
