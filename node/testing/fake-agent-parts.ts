import type {
  EventsAsk,
  EventView,
  HostWays,
  LabView,
  Origin,
  RevisionDetail,
  SnapshotOutcome,
  SnapshotWish,
  TokenInfo,
  TokenOptions,
  TokenView,
} from '#agent/port.ts'
import { advance, decodeCursor, encodeCursor, type FeedCursor, isAfter } from '#core/feed/cursor.ts'
import { MeshError } from '#core/model/errors.ts'
import type { LabIntent } from '#core/model/lab.ts'
import type { RecordView } from '#core/record/open.ts'
import type { FakeAgent } from './fake-agent-face.ts'

/** Each node that is asked for, on the host it is on. */
export const snapshotOutcome = (
  agent: FakeAgent,
  verb: string,
  { lab, wish }: { readonly lab: string; readonly wish: SnapshotWish },
): SnapshotOutcome => {
  const nodes = known(agent, lab).nodes.filter(({ name }) => wish.nodes?.includes(name) !== false)
  agent.snapshotAsks.push([verb, lab, wish])
  return {
    lab,
    name: wish.name,
    nodes: nodes.map(({ name: node, host }) => {
      const message = agent.snapshotFaults.get(node) ?? null
      return { node, host: host ?? '', ok: message === null, message }
    }),
  }
}

/** Those that are asked for, oldest first. */
export const suiting = (feed: readonly EventView[], { since, lab, host }: EventsAsk): readonly EventView[] => {
  const cursor: FeedCursor = (since === undefined ? undefined : decodeCursor(since)) ?? new Map()
  return feed.filter(
    (event) =>
      isAfter(cursor, event) &&
      (lab === undefined || event.lab === lab) &&
      (host === undefined || event.hostName === host),
  )
}

/** Where a feed ends, as a cursor. */
export const endOf = (feed: readonly EventView[]): string => encodeCursor(feed.reduce(advance, new Map()))

/** What is shown of a lab. NOT_FOUND where there is none. */
export function known(agent: FakeAgent, lab: string): LabView {
  const view = agent.views.get(lab)
  if (view === undefined) throw new MeshError('NOT_FOUND', `no lab ${lab}`)
  return view
}

/** Keeps another join token. */
export function addToken(tokens: Map<string, TokenInfo>, { role, uses, ttlMs }: TokenOptions): TokenView {
  const id = `t${tokens.size + 1}`
  const expiresAt = new Date(ttlMs).toISOString()
  tokens.set(id, { id, role, expiresAt, usesLeft: uses, state: 'open' })
  return { token: `skein1.${id}`, id, role, expiresAt }
}

/** `a` tells its own; the other cannot be asked. */
export const waysOf = (agent: FakeAgent, host: string): HostWays =>
  host === agent.self().name
    ? { host, certificateEndMs: Date.UTC(2027, 10), ways: agent.paths().map((one) => ({ ...one, roundTripMs: 0.7 })) }
    : { host, certificateEndMs: null, ways: [], unreachable: `${host} is down` }

/** A signed record. NOT_FOUND where there is none. */
export function recordOf(agent: FakeAgent, kind: string, key: string): RecordView {
  const record = agent.records.get(`${kind}/${key}`)
  if (record === undefined) throw new MeshError('NOT_FOUND', `this host has no record ${kind} of ${key}`)
  return record
}

/** A kept state, the newest unless one is named. NOT_FOUND where there is none. */
export function revisionOf(agent: FakeAgent, lab: string, wanted: string | undefined): RevisionDetail {
  const kept = agent.history.get(lab) ?? []
  const found = wanted === undefined ? kept.at(-1) : kept.find(({ revision }) => String(revision) === wanted)
  if (found === undefined) throw new MeshError('NOT_FOUND', `lab ${lab} has no revision ${wanted}`)
  return found
}

/** Adds a state to the history of its lab. */
export const keep = (agent: FakeAgent, intent: LabIntent, kept: Origin & { readonly generation: number }): void => {
  const { generation: revision, topology, fileName, name, message } = kept
  const next: RevisionDetail = {
    revision,
    atMs: Date.UTC(2026, 10, 19, 23, 58),
    host: 'a',
    ...(name === undefined ? {} : { name }),
    ...(message === undefined ? {} : { message }),
    nodes: intent.nodes.length,
    links: intent.links.length,
    files: intent.files.length,
    bytes: 0,
    isCurrent: true,
    topology,
    fileName: fileName ?? null,
    intent,
  }
  const before = (agent.history.get(intent.name) ?? []).map((one) => ({ ...one, isCurrent: false }))
  agent.history.set(intent.name, [...before, next])
}
