import type { HostView, LabSummary, LabView, LeaderView, PeerPathsView } from '#agent/port.ts'
import type { Role } from '#core/model/access.ts'
import type { Problem } from '#core/view/types.ts'

export type { Problem, Role }

/** The host whose view this is. */
interface SelfView {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly version: string
  readonly meshId: string
}

/** All that one tab shows of the mesh, as one host sees it; sent over `/v1/live`. */
export interface MeshView {
  readonly self: SelfView
  /** Wall clock of that host. */
  readonly atMs: number
  readonly hosts: readonly HostView[]
  readonly leader: LeaderView
  readonly quorum: { readonly hasMajority: boolean; readonly seen: number; readonly total: number }
  readonly labs: readonly LabSummary[]
  /** The lab this tab looks at. */
  readonly lab: LabView | null
  readonly problems: readonly Problem[]
  readonly paths: readonly PeerPathsView[]
}

/** Who is signed in, `GET /v1/me`. */
export interface Me {
  readonly name: string
  readonly role: Role
  readonly host: string
  readonly mesh: string
  readonly version: string
  readonly expiresAtMs: number | null
}
