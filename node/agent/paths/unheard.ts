import type { Engine } from '#core/engine/engine.ts'
import { isDirect } from '#core/membership/belief.ts'
import type { HostId, ResourceId } from '#core/model/ids.ts'
import type { RosterEntry } from '#core/model/record.ts'
import type { Resource } from '#core/model/resource.ts'
import type { Trouble, Troubles } from '#core/plan/cause.ts'

/** A connection that is made anew is back sooner. */
const PATIENCE_MS = 5_000

const CUT: Trouble = {
  reason: 'nothing comes from it to this host, though others hear it',
  doing: { type: 'nothing' },
}
const DEAD_TUNNEL: Trouble = {
  reason: 'nothing comes back through the tunnel, though its agent answers; is UDP between the hosts let through?',
  doing: { type: 'nothing' },
}

interface Hearing {
  readonly engine: Engine
  readonly nowMs: number
  /** Whether nothing comes back through the tunnel to a host. */
  isSilent(host: HostId): boolean
}

/**
 * WireGuard peers that are set as they should be and yet of no use: of hosts that others hear and this one does not, and of hosts that
 * are heard outside of the tunnel alone. WireGuard itself says so only after 180 s (its paper, §6.1).
 */
export function unheard(hearing: Hearing, wanted: readonly Resource[]): Troubles {
  const troubles = new Map(
    (hearing.engine.roster?.hosts ?? []).map((entry) => [entry.wgPublicKey, troubleOf(entry, hearing)] as const),
  )
  return new Map(
    wanted.flatMap((resource): (readonly [ResourceId, Trouble])[] => {
      const trouble = resource.kind === 'wg-peer' ? troubles.get(resource.publicKey) : undefined
      return trouble === undefined ? [] : [[resource.id, trouble]]
    }),
  )
}

function troubleOf({ id, state }: RosterEntry, { engine, nowMs, isSilent }: Hearing): Trouble | undefined {
  const belief = engine.membership.of(id)
  if (state !== 'admitted' || belief?.state !== 'alive') return undefined
  if (isCut(engine, id, nowMs)) return CUT
  // An agent that is busy or restarting does not answer through the tunnel either: only one that is heard now counts.
  return isDirect(belief, nowMs) && isSilent(id) ? DEAD_TUNNEL : undefined
}

function isCut({ membership }: Engine, host: HostId, nowMs: number): boolean {
  const belief = membership.of(host)
  if (belief?.state !== 'alive' || isDirect(belief, nowMs)) return false
  return nowMs - (belief.directMs ?? belief.lostMs ?? belief.sinceMs) >= PATIENCE_MS
}
