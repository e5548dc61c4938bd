import type { Engine } from '#core/engine/engine.ts'
import type { RosterEntry } from '#core/model/record.ts'
import type { Resource, WgPeer } from '#core/model/resource.ts'
import type { Path } from '#core/paths/paths.ts'
import { endpointOf } from '#core/plan/desired.ts'
import type { PeerPathsView } from '../port.ts'
import type { PathProbes } from './probes.ts'

export interface PathsSources {
  readonly engine: Pick<Engine, 'self' | 'roster'>
  readonly probes: Pick<PathProbes, 'states' | 'chosen'>
  /** What the last look at this host found. */
  readonly seen: readonly Resource[]
  /** Wall clock. */
  readonly nowMs: number
}

/** The paths from this host to every other one, as probed, and where its WireGuard packets really go. */
export const pathsView = (sources: PathsSources): readonly PeerPathsView[] =>
  (sources.engine.roster?.hosts ?? [])
    .filter(({ id, state }) => state === 'admitted' && id !== sources.engine.self)
    .map((entry) => peerView(entry, sources))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

function peerView(entry: RosterEntry, { probes, seen, nowMs }: PathsSources): PeerPathsView {
  const peer = seen.find((one): one is WgPeer => one.kind === 'wg-peer' && one.publicKey === entry.wgPublicKey)
  const states = probes.states(entry.id)
  const told = { primary: entry.addresses[0], secondary: entry.secondary?.[0] }
  const endpoint = peer?.endpoint ?? ''
  const inUse = PATHS.find((path) => endpoint !== '' && endpointOf(entry, told[path]) === endpoint)
  const handshakeS = peer?.lastHandshakeS ?? 0
  return {
    name: entry.name,
    inUse: inUse ?? (endpoint === '' ? null : 'elsewhere'),
    chosen: probes.chosen(entry.id) ?? null,
    endpoint: endpoint === '' ? null : endpoint,
    handshakeAgeMs: handshakeS === 0 ? null : Math.max(0, nowMs - handshakeS * 1000),
    paths: PATHS.flatMap((path) => {
      const address = told[path]
      if (address === undefined) return []
      const { condition = 'unknown', rttMs = null, loss = null } = states?.[path] ?? {}
      return [{ path, address, condition: states === undefined ? 'not probed' : condition, rttMs, loss }]
    }),
  }
}

const PATHS: readonly Path[] = ['primary', 'secondary']
