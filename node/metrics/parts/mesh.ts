import type { PeerPathsView } from '#agent/port.ts'
import type { Row } from '../instruments.ts'
import { flag, type Part, tally } from './part.ts'

/** Who is there and how far away, as this host sees it. Hosts that have left are only counted. */
export const showMesh: Part = ({ self, hosts, telemetry }, { show }) => {
  const all = hosts()
  const members = all.filter(({ state }) => state !== 'left')
  const { name: own } = self()
  const { connections, roundTripsMs } = telemetry()
  show(
    'skein_mesh_hosts',
    tally(
      all.map(({ state }) => state),
      ['alive', 'suspect', 'down'],
    ).map(([state, count]) => [{ state }, count]),
  )
  show(
    'skein_mesh_peer_up',
    members.map(({ name, state }) => [{ peer: name }, flag(state === 'alive')]),
  )
  show(
    'skein_mesh_peer_heard_age_seconds',
    members.flatMap(({ name, ageMs }) => (name === own || ageMs === null ? [] : [[{ peer: name }, ageMs / 1_000]])),
  )
  show('skein_mesh_connections', [[{}, connections]])
  show(
    'skein_mesh_rtt_seconds',
    [...roundTripsMs].map(([peer, ms]) => [{ peer }, ms / 1_000]),
  )
}

type PathMetric = 'skein_path_rtt_seconds' | 'skein_path_loss_ratio' | 'skein_path_in_use'

/** The ways WireGuard has to other hosts. */
export const showPaths: Part = ({ paths }, { show }) => {
  const peers = paths()
  const each = (value: (path: PeerPathsView['paths'][number], peer: PeerPathsView) => number | null) =>
    peers.flatMap((peer) =>
      peer.paths.flatMap((one): Row<PathMetric>[] => {
        const found = value(one, peer)
        return found === null ? [] : [[{ peer: peer.name, path: one.path }, found]]
      }),
    )
  show(
    'skein_path_rtt_seconds',
    each(({ rttMs }) => (rttMs === null ? null : rttMs / 1_000)),
  )
  show(
    'skein_path_loss_ratio',
    each(({ loss }) => loss),
  )
  show(
    'skein_path_in_use',
    each(({ path }, { inUse }) => flag(inUse === path)),
  )
  show(
    'skein_tunnel_handshake_age_seconds',
    peers.flatMap(({ name, handshakeAgeMs: ms }) => (ms === null ? [] : [[{ peer: name }, ms / 1_000]])),
  )
}
