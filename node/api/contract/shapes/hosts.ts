import { z } from 'zod'
import type {
  AddressesView,
  CapacityView,
  HostDetail,
  HostView,
  HostWays,
  LeaderView,
  PeerPathsView,
  QuorumView,
  RecoveredView,
  TokenInfo,
  TokenView,
} from '#agent/port.ts'
import type { Names } from '#core/names/names.ts'
import { ageMs, count, names } from './common.ts'

const hostState = z.enum(['alive', 'suspect', 'down', 'left'])
const role = z.enum(['core', 'worker', 'gateway'])
const amount = z.strictObject({
  total: z.number().nullable(),
  limit: z.number().nullable(),
  promised: z.number(),
  free: z.number(),
})
const capacity = z.strictObject({ cpus: amount, memoryMiB: amount }) satisfies z.ZodType<CapacityView>

export const selfView = z.strictObject({
  id: z.string(),
  name: z.string(),
  role,
  version: z.string(),
  meshId: z.string(),
})

export const hostView = z.strictObject({
  name: z.string(),
  id: z.string(),
  state: hostState,
  role,
  ageMs,
  addresses: names,
  overlayAddress: z.string(),
  version: z.string().nullable(),
  reason: z.string().exactOptional(),
  drained: z.literal(true).exactOptional(),
  capabilities: names.exactOptional(),
  capacity: capacity.exactOptional(),
}) satisfies z.ZodType<HostView>

export const hostDetail = z.strictObject({
  name: z.string(),
  id: z.string(),
  state: hostState,
  role,
  drained: z.boolean(),
  leads: z.boolean(),
  votes: z.boolean(),
  voteReason: z.string().exactOptional(),
  capacity: capacity.exactOptional(),
  nodes: z.array(z.strictObject({ lab: z.string(), node: z.string(), reason: z.string().nullable() })),
}) satisfies z.ZodType<HostDetail>

const quorumCount = z.strictObject({ have: count, need: count })

export const leaderView = z.strictObject({
  leader: z.string().nullable(),
  term: count,
  ageMs,
  voters: names,
  quorum: quorumCount,
  missing: names,
}) satisfies z.ZodType<LeaderView>

export const quorumView = z.strictObject({
  host: z.string(),
  epoch: count,
  leader: z.string().nullable(),
  term: count,
  sinceMs: z.number(),
  quorum: quorumCount,
  missing: names,
  members: z.array(
    z.strictObject({
      name: z.string(),
      votes: z.boolean(),
      state: hostState,
      ageMs,
      log: z.strictObject({ epoch: count, term: count, index: count, committed: count }).nullable(),
    }),
  ),
  works: names,
  waits: names,
  next: names,
  recovery: z.strictObject({ code: z.string(), message: z.string(), force: z.boolean() }).nullable(),
}) satisfies z.ZodType<QuorumView>

export const recovered = z.strictObject({
  host: z.string(),
  epoch: count,
  formerEpoch: count,
  undecidedEntries: count,
  copy: z.string(),
}) satisfies z.ZodType<RecoveredView>

export const tokenView = z.strictObject({
  token: z.string(),
  id: z.string(),
  role,
  expiresAt: z.string(),
  replaces: z.string().exactOptional(),
}) satisfies z.ZodType<TokenView>

export const tokenInfo = z.strictObject({
  id: z.string(),
  role,
  expiresAt: z.string(),
  usesLeft: count,
  state: z.enum(['open', 'spent', 'expired', 'revoked']),
}) satisfies z.ZodType<TokenInfo>

export const addressesView = z.strictObject({
  addresses: names,
  secondary: names.exactOptional(),
}) satisfies z.ZodType<AddressesView>

const peerPaths = {
  name: z.string(),
  inUse: z.enum(['primary', 'secondary', 'elsewhere']).nullable(),
  chosen: z.enum(['primary', 'secondary']).nullable(),
  endpoint: z.string().nullable(),
  handshakeAgeMs: ageMs,
  paths: z.array(
    z.strictObject({
      path: z.enum(['primary', 'secondary']),
      address: z.string(),
      condition: z.enum(['not probed', 'unknown', 'good', 'degraded', 'lost']),
      rttMs: z.number().nullable(),
      loss: z.number().nullable(),
    }),
  ),
}
export const peerPathsView = z.strictObject(peerPaths) satisfies z.ZodType<PeerPathsView>

export const hostWays = z.strictObject({
  host: z.string(),
  certificateEndMs: z.number().nullable(),
  ways: z.array(z.strictObject({ ...peerPaths, roundTripMs: z.number().nullable() })),
  unreachable: z.string().exactOptional(),
}) satisfies z.ZodType<HostWays>

type Named = Names['nodes'][number]
const lab = z.string() as unknown as z.ZodType<Named['lab']>
const node = z.string() as unknown as z.ZodType<Named['node']>

export const namesView = z.strictObject({
  nodes: z.array(z.strictObject({ lab, node, names, short: names, addresses: names, isHealthy: z.boolean() })),
  hosts: z.array(z.strictObject({ host: z.string(), name: z.string(), address: z.string(), isHealthy: z.boolean() })),
}) satisfies z.ZodType<Names>
