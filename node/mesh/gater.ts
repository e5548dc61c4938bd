import type { ConnectionGater, MultiaddrConnection, PeerId, StreamMiddleware } from '@libp2p/interface'
import type { HostId } from '#core/model/ids.ts'
import type { RosterEntry } from '#core/model/record.ts'

/** Strangers that may be connected at once while their token is checked. */
const MAX_PENDING = 8
/** A host that was removed may come in once in this time, as a stranger, to be told so. */
const TELL_EVERY_MS = 60_000
/** How long a stranger may stay. */
const PENDING_MS = 10_000

interface Pending {
  readonly address: string
  readonly deadlineMs: number
}

export interface GaterDeps {
  roster(): readonly RosterEntry[]
  count(code: string): void
  monotonicMs(): number
  /** The one protocol open to strangers. */
  readonly joinProtocol: string
}

/** Who may connect, and who may speak which protocol. */
export interface Gater {
  readonly connectionGater: ConnectionGater
  /** Runs before every handler: strangers get nowhere but `join`. */
  guard(protocol: string): StreamMiddleware | undefined
  isAdmitted(id: string): boolean
  /** Removed from the mesh; not so a host nobody has heard of. */
  isRemoved(id: string): boolean
  /** Forgets a stranger that has gone or was admitted. */
  release(id: string): void
  pending(): HostId[]
  /** Strangers whose time is over; they are forgotten with it. */
  expired(): HostId[]
}

/** Members pass after Noise has proved their key; strangers only inbound, few, one per address, for seconds; removed hosts once a minute. */
export function createGater(deps: GaterDeps): Gater {
  const pending = new Map<string, Pending>()
  /** When each removed host was let in last, to hear that it was removed. */
  const told = new Map<string, number>()
  const stateOf = (id: string): RosterEntry['state'] | 'stranger' =>
    deps.roster().find((entry) => entry.id === id)?.state ?? 'stranger'
  const isAdmitted = (id: string): boolean => stateOf(id) === 'admitted'

  const denyInbound = (peer: PeerId, connection: MultiaddrConnection): boolean => {
    const id = peer.toString()
    const state = stateOf(id)
    if (state === 'admitted') return false
    const nowMs = deps.monotonicMs()
    const isTold = state === 'removed' && nowMs - (told.get(id) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS
    const mayStay = !isTold && mayWait(pending, id, addressOf(connection))
    deps.count(state === 'removed' ? 'REMOVED_REFUSED' : mayStay ? 'STRANGER_PENDING' : 'STRANGER_REFUSED')
    if (!mayStay) return true
    pending.set(id, { address: addressOf(connection), deadlineMs: nowMs + PENDING_MS })
    if (state === 'removed') told.set(id, nowMs)
    return false
  }

  const guard: StreamMiddleware = (stream, connection, next) => {
    if (isAdmitted(connection.remotePeer.toString())) return next(stream, connection)
    deps.count('STRANGER_STREAM')
    throw new Error('this host is not admitted')
  }

  return {
    connectionGater: {
      denyDialMultiaddr: () => false,
      denyDialPeer: (peer) => !isAdmitted(peer.toString()),
      denyOutboundEncryptedConnection: (peer) => !isAdmitted(peer.toString()),
      denyInboundEncryptedConnection: denyInbound,
    },
    guard: (protocol) => (protocol === deps.joinProtocol ? undefined : guard),
    isAdmitted,
    isRemoved: (id) => stateOf(id) === 'removed',
    release: (id) => pending.delete(id),
    pending: () => [...pending.keys()] as HostId[],
    expired: () => {
      const over = [...pending].filter(([, { deadlineMs }]) => deadlineMs <= deps.monotonicMs()).map(([id]) => id)
      for (const id of over) pending.delete(id)
      return over as HostId[]
    },
  }
}

function mayWait(pending: ReadonlyMap<string, Pending>, id: string, address: string): boolean {
  return (
    pending.size < MAX_PENDING && !pending.has(id) && ![...pending.values()].some((other) => other.address === address)
  )
}

const addressOf = (connection: MultiaddrConnection): string =>
  connection.remoteAddr.getComponents()[0]?.value ?? 'unknown'
