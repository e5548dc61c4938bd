import { isIPv6 } from 'node:net'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { HostId } from '#core/model/ids.ts'
import type { RosterEntry } from '#core/model/record.ts'
import { asError } from './channel.ts'
import type { Transport } from './libp2p.ts'
import type { MeshLog } from './mesh.ts'

/** Longest pause between two tries: half a second per host, so that all of a mesh dial no more often than it can bear. */
const PAUSE_PER_HOST_MS = 500
const MIN_LONGEST_MS = 2000
const MAX_LONGEST_MS = 30_000
/** Pause after the first failure; doubles from there. */
const FIRST_PAUSE_MS = 500
/** How long one try may take. */
const DIAL_MS = 4000
/** The host with the higher id waits a little longer, so that two hosts rarely dial each other at the same moment. */
const COURTESY_MS = 300
/** gossipsub is told of a closed connection some milliseconds late; a new one before that would lose its streams. */
const SETTLE_MS = 100

export interface KeeperDeps {
  readonly transport: Transport
  isConnected(host: HostId): boolean
  readonly self: HostId
  roster(): readonly RosterEntry[]
  /** Between 0 and 1. */
  random(): number
  /** Nobody listened at an address of this host. */
  onRefused(host: HostId): void
  count(code: string): void
  readonly log: MeshLog
}

/** Keeps this host connected to every host of the roster, for ever. */
export interface Keeper {
  /** Takes up new hosts and lets go of those no longer admitted. */
  refresh(): void
  /** It answers: what was broken before is forgotten, and as a cut may have healed, the others are tried soon. */
  linked(host: HostId): void
  /** The last connection to this host has gone; one that never answered is tried again after a pause only. */
  lost(host: HostId, wasLinked: boolean): void
  stop(): void
}

interface Target {
  failures: number
  timer: NodeJS.Timeout | undefined
  isDialing: boolean
}

/** Dials the addresses the roster gives, never libp2p's own address book. */
export function createKeeper(deps: KeeperDeps): Keeper {
  const targets = new Map<HostId, Target>()
  let isStopped = false

  // A host that was removed itself calls nobody: all refuse it.
  const others = (): RosterEntry[] =>
    deps.roster().some((entry) => entry.state === 'removed' && entry.id === deps.self)
      ? []
      : deps.roster().filter((entry) => entry.state === 'admitted' && entry.id !== deps.self)

  const schedule = (host: HostId, delayMs: number): void => {
    const target = targets.get(host)
    if (target === undefined || isStopped || target.isDialing) return
    clearTimeout(target.timer)
    target.timer = setTimeout(() => void dial(host, target), delayMs)
  }
  const dial = async (host: HostId, target: Target): Promise<void> => {
    const entry = others().find(({ id }) => id === host)
    if (entry === undefined || deps.isConnected(host)) return
    target.isDialing = true
    const error = await connect(deps.transport, entry)
    target.isDialing = false
    if (error !== undefined) {
      target.failures += 1
      deps.count('DIAL_FAILED')
      deps.log.debug({ host, error: error.message, failures: target.failures }, 'dial failed')
      if (isRefusal(error) && !deps.isConnected(host)) deps.onRefused(host)
    }
    if (!deps.isConnected(host)) schedule(host, pauseMs(target.failures, others().length, deps.random()))
  }
  const soon = (host: HostId): void =>
    schedule(host, SETTLE_MS + deps.random() * 200 + (deps.self > host ? COURTESY_MS : 0))

  return {
    refresh: () => {
      const wanted = new Set(others().map(({ id }) => id))
      for (const [host, target] of targets) if (!wanted.has(host)) forget(targets, host, target)
      for (const host of wanted) {
        if (targets.has(host)) continue
        targets.set(host, { failures: 0, timer: undefined, isDialing: false })
        soon(host)
      }
    },
    linked: (host) => {
      const target = targets.get(host)
      if (target !== undefined) target.failures = 0
      for (const other of targets.keys()) if (!deps.isConnected(other)) soon(other)
    },
    lost: (host, wasLinked) => {
      const target = targets.get(host)
      if (wasLinked || target === undefined) return soon(host)
      target.failures += 1
      schedule(host, pauseMs(target.failures, others().length, deps.random()))
    },
    stop: () => {
      isStopped = true
      for (const [host, target] of targets) forget(targets, host, target)
    },
  }
}

/** The pause before the next try: doubling, at most as long as the size of the mesh asks for, jittered by half. `chance` is between 0 and 1. */
export function pauseMs(failures: number, hosts: number, chance: number): number {
  const longest = Math.min(MAX_LONGEST_MS, Math.max(MIN_LONGEST_MS, hosts * PAUSE_PER_HOST_MS))
  const pause = Math.min(longest, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10))
  return pause * (0.5 + chance / 2)
}

/** The multiaddresses of a roster entry, best first; an address that is none is left out. */
export function multiaddrsOf(entry: Pick<RosterEntry, 'id' | 'addresses' | 'secondary' | 'port'>): Multiaddr[] {
  return [...entry.addresses, ...(entry.secondary ?? [])].flatMap((address) => {
    try {
      return [multiaddr(`/${isIPv6(address) ? 'ip6' : 'ip4'}/${address}/tcp/${entry.port}/p2p/${entry.id}`)]
    } catch {
      return []
    }
  })
}

/** Whether one of the addresses was answered by a machine on which nobody listens (connect(2), ECONNREFUSED). */
export const isRefusal = (error: Error): boolean =>
  ('code' in error && error.code === 'ECONNREFUSED') ||
  (error instanceof AggregateError && error.errors.some((one) => one instanceof Error && isRefusal(one)))

function forget(targets: Map<HostId, Target>, host: HostId, target: Target): void {
  clearTimeout(target.timer)
  targets.delete(host)
}

async function connect(transport: Transport, entry: RosterEntry): Promise<Error | undefined> {
  const addresses = multiaddrsOf(entry)
  if (addresses.length === 0) return new Error('the roster gives no address of it')
  try {
    await transport.dial(addresses, { signal: AbortSignal.timeout(DIAL_MS) })
    return undefined
  } catch (error) {
    return asError(error)
  }
}
