import { type Clash, claimExactly } from '../allocation/exact.ts'
import { holderOf } from '../allocation/mgmt.ts'
import type { Pool } from '../allocation/pool.ts'
import { PORT_RANGE, poolHost, portPoolName, publishPoolName, publishValue } from '../allocation/port.ts'
import type { HostId, LabName } from '../model/ids.ts'
import type { PublishedOn } from '../model/mgmt.ts'
import { own } from '../model/own.ts'
import { labPrefix } from './lab-owners.ts'
import { clockOf, poolOf, type Refusal, type State, withPools } from './state.ts'

/** Who holds a port of a host for a lab node. */
const portOwner = (lab: LabName, { node, hostPort, protocol }: PublishedOn): string =>
  `${labPrefix(lab)}publish/${node}/${hostPort}/${protocol}`

/** In the pool of ports that are given out, TCP and UDP are one. */
const numberOwner = (lab: LabName, port: number): string => `${labPrefix(lab)}publish/${port}`

/**
 * Gives a lab exactly the ports its nodes publish, all or none, and frees those it has no longer. Of ports that are given out to others
 * (iperf servers, reservations) it takes the number as well, so that nobody gets it twice.
 */
export function givePorts(state: State, lab: LabName, ports: readonly PublishedOn[]): State | Refusal {
  const changed = new Map<string, Pool>()
  for (const name of poolNames(state, ports)) {
    const pool = poolOf(state, name)
    const claim = {
      prefix: `${labPrefix(lab)}publish/`,
      wanted: wantedOf(name, lab, ports),
      ...clockOf(state),
      restMs: 0,
    }
    const claimed = claimExactly(pool, claim)
    if ('value' in claimed) return taken(state, { lab, name, clash: claimed })
    if (claim.wanted.size > 0 || pool.owners.size !== claimed.owners.size) changed.set(name, claimed)
  }
  return changed.size === 0 ? state : { ...state, pools: withPools(state, changed) }
}

const poolNames = (state: State, ports: readonly PublishedOn[]): readonly string[] => {
  const known = [...state.pools.entries()].map(([name]) => name).filter((name) => /^(?:publish|port)\//.test(name))
  return [...new Set([...known, ...ports.flatMap(({ host }) => [publishPoolName(host), portPoolName(host)])])].sort()
}

function wantedOf(name: string, lab: LabName, ports: readonly PublishedOn[]): ReadonlyMap<string, number> {
  const here = ports.filter(({ host }) => host === poolHost(name))
  if (name.startsWith('publish/'))
    return new Map(here.map((port) => [portOwner(lab, port), publishValue(port.hostPort, port.protocol)]))
  const given = here.filter(({ hostPort }) => hostPort >= PORT_RANGE[0] && hostPort <= PORT_RANGE[1])
  return new Map(given.map(({ hostPort }) => [numberOwner(lab, hostPort), hostPort]))
}

function taken(state: State, { lab, name, clash }: { lab: LabName; name: string; clash: Clash }): Refusal {
  const host = poolHost(name) as HostId
  const port = clash.value % 65_536
  const owner = holderOf(poolOf(state, name), clash.value) ?? clash.owner
  const hostName = own(state.roster, host)?.name ?? host
  return {
    code: 'PORT_TAKEN',
    message: `Lab ${lab} cannot publish port ${port} on host ${hostName}: ${holderWords(lab, owner)}.`,
    details: { lab, host: hostName, port, ...(owner === null ? {} : { holder: owner }) },
  }
}

function holderWords(lab: LabName, owner: string | null): string {
  if (owner === null) return `two nodes of lab ${lab} publish it there`
  const [, other, node] = /^lab\/([^/]+)\/publish\/([^/]+)\/\d+\/(?:tcp|udp)$/.exec(owner) ?? []
  if (node !== undefined) return `node ${node} of lab ${other} has it`
  return `${owner.replace(/^(?:user|lab)\//, '').split('/publish/')[0]} has it`
}
