import type { AllocationView, HostDetail, HostView, PeerPathsView, QuorumView, Telemetry } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'

/** Of a host with two networks. */
export const PATHS: readonly PeerPathsView[] = [
  {
    name: 'b',
    inUse: 'secondary',
    chosen: 'secondary',
    endpoint: '198.51.100.2:51820',
    handshakeAgeMs: 65_000,
    paths: [
      { path: 'primary', address: '192.0.2.2', condition: 'lost', rttMs: 1.26, loss: 0.3 },
      { path: 'secondary', address: '198.51.100.2', condition: 'good', rttMs: 2, loss: 0 },
    ],
  },
  {
    name: 'c',
    inUse: 'elsewhere',
    chosen: null,
    endpoint: '203.0.113.9:4000',
    handshakeAgeMs: null,
    paths: [{ path: 'primary', address: '192.0.2.3', condition: 'not probed', rttMs: null, loss: null }],
  },
]

/** `a` alive and `b` down. */
export const HOSTS: readonly HostView[] = [
  {
    name: 'a',
    id: '12D3KooWA',
    state: 'alive',
    role: 'core',
    ageMs: 400,
    addresses: ['192.0.2.1'],
    overlayAddress: '10.77.0.1',
    version: '0.1.0',
  },
  {
    name: 'b',
    id: '12D3KooWB',
    state: 'down',
    role: 'worker',
    ageMs: null,
    addresses: [],
    overlayAddress: '10.77.0.2',
    version: null,
    reason: 'not heard of since this host started',
  },
]

/** Of one lab. */
export const ALLOCATIONS: readonly AllocationView[] = [
  { pool: 'vni', value: 4096, owner: 'frr01/r1', sinceMs: Date.UTC(2026, 10, 19, 23, 57) },
  { pool: 'vlan', value: 1, host: 'a', owner: 'frr01/r1', sinceMs: Date.UTC(2026, 10, 19, 23, 57) },
]

/** Of a leader with one thing on its host that is being made. */
export const TELEMETRY: Telemetry = {
  log: { role: 'leader', term: 3, commitIndex: 17, lastIndex: 18, snapshotIndex: 9 },
  connections: 1,
  roundTripsMs: new Map([['b', 1.5]]),
  pools: [
    { pool: 'vni', size: 100, held: 7, resting: 2 },
    { pool: 'vlan', host: 'a', size: 4000, held: 3, resting: 0 },
  ],
  host: { wanted: 5, seen: 4, troubles: { now: 1, waits: 0, held: 0, again: 0, paused: 0, blind: 0, nothing: 0 } },
}

/** `a` of three voters alone. */
export const QUORUM: QuorumView = {
  host: 'a',
  epoch: 1,
  leader: null,
  term: 3,
  sinceMs: 125_000,
  quorum: { have: 1, need: 2 },
  missing: ['b', 'c'],
  members: [
    { name: 'a', votes: true, state: 'alive', ageMs: 0, log: { epoch: 1, term: 3, index: 41, committed: 40 } },
    { name: 'b', votes: true, state: 'down', ageMs: 125_000, log: null },
    { name: 'c', votes: true, state: 'down', ageMs: null, log: null },
  ],
  works: ['labs that run go on'],
  waits: ['new labs', 'joins'],
  next: ['start b, c'],
  recovery: null,
}

/** A host without nodes. NOT_FOUND where there is none. */
export function emptyHost(name: string): HostDetail {
  const host = HOSTS.find((one) => one.name === name)
  if (host === undefined) throw new MeshError('NOT_FOUND', `no host of this mesh is called ${name}.`)
  const { id, state, role } = host
  return { name, id, state, role, drained: false, leads: false, votes: false, nodes: [] }
}
