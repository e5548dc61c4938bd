import type { AgentPort, HostView, LabSummary, LabView, LeaderView, PeerPathsView } from '#agent/port.ts'
import { compareText } from '#core/record/version.ts'
import { problems } from '#core/view/problems.ts'
import { labSummary } from '#core/view/summary.ts'
import type { Problem } from '#core/view/types.ts'

/** What one tab sees: the mesh as this host sees it, and one lab whole. Ages are milliseconds before `atMs`, in steps that grow with them. */
export interface LiveView extends MeshView {
  /** By the clock of this host, milliseconds since 1970. */
  readonly atMs: number
  /** The one that is watched; null where none is, or where there is none of that name. */
  readonly lab: LabView | null
}

/** What is the same for all tabs. */
export interface MeshView {
  readonly self: ReturnType<AgentPort['self']>
  readonly hosts: readonly HostView[]
  readonly leader: LeaderView
  /** `seen`: hosts of the mesh that are heard here, this one among them; `total`: all that have not left. */
  readonly quorum: { readonly hasMajority: boolean; readonly seen: number; readonly total: number }
  readonly labs: readonly LabSummary[]
  readonly problems: readonly Problem[]
  readonly paths: readonly PeerPathsView[]
}

/** The mesh and all its labs at one moment. */
export interface Frame {
  readonly mesh: MeshView
  readonly labs: ReadonlyMap<string, LabView>
}

/** Looks once at everything. Throws what the agent throws. */
export function frameOf(agent: AgentPort): Frame {
  const [self, leader, views] = [agent.self(), agent.leader(), agent.labViews()]
  const hosts = agent.hosts().toSorted((a, b) => compareText(a.name, b.name))
  const paths = agent.paths()
  const staying = hosts.filter(({ state }) => state !== 'left')
  const mesh: MeshView = {
    self,
    hosts: hosts.map((host) => ({ ...host, ageMs: coarse(host.ageMs) })),
    leader: { ...leader, ageMs: coarse(leader.ageMs) },
    quorum: {
      hasMajority: leader.quorum.have >= leader.quorum.need,
      seen: staying.filter(({ state }) => state !== 'down').length,
      total: staying.length,
    },
    labs: views.map(labSummary),
    problems: problems({
      self: self.name,
      hosts,
      leader: leader.leader,
      quorum: leader.quorum,
      missing: leader.missing,
      labs: views,
      paths,
    }),
    paths: paths.map((peer) => ({ ...peer, handshakeAgeMs: coarse(peer.handshakeAgeMs) })),
  }
  return { mesh, labs: new Map(views.map((view) => [view.name, view])) }
}

/** Steps of an age: nobody reads the milliseconds of a minute, and each step is a patch to every tab. */
const STEPS = [
  { belowMs: 60_000, stepMs: 1_000 },
  { belowMs: 3_600_000, stepMs: 10_000 },
  { belowMs: Number.POSITIVE_INFINITY, stepMs: 60_000 },
]

const coarse = (ageMs: number | null): number | null => {
  if (ageMs === null) return null
  const stepMs = STEPS.find(({ belowMs }) => ageMs < belowMs)?.stepMs ?? 1
  return Math.floor(ageMs / stepMs) * stepMs
}
