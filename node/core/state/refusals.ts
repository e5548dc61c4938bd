import { countsOf } from '../allocation/pool.ts'
import { poolHost } from '../allocation/port.ts'
import type { HostId, LabName } from '../model/ids.ts'
import { own } from '../model/own.ts'
import { compareVersions, parseIntentVersion } from '../record/version.ts'
import { type LabVersion, poolOf, type Refusal, type State } from './state.ts'

/** Why a lab cannot be `to` at a version that is not newer than what the log has of it; undefined where it can. */
export function outdated(
  state: State,
  { lab, intentVersion }: { readonly lab: LabName; readonly intentVersion: string },
  to: LabVersion['type'],
): Refusal | undefined {
  const held = own(state.labVersions, lab)
  if (!held) return undefined
  const order = compareVersions(parseIntentVersion(intentVersion) ?? [], parseIntentVersion(held.intentVersion) ?? [])
  if (order > 0 || (order === 0 && (to === 'released' || held.type === 'assigned'))) return undefined
  return {
    code: 'BAD_INPUT',
    message: `Lab ${lab} is at version ${held.intentVersion}${held.type === 'released' ? ', deleted' : ''}; ${intentVersion} is not newer.`,
    details: { lab, held: held.intentVersion, asked: intentVersion },
  }
}

/** Why a lab cannot run on these hosts: some are not of this mesh. */
export function strangers(state: State, lab: LabName, hosts: readonly HostId[]): Refusal | undefined {
  const strange = [...new Set(hosts)].filter((host) => own(state.roster, host)?.state !== 'admitted').sort()
  if (strange.length === 0) return undefined
  return {
    code: 'PLACEMENT_IMPOSSIBLE',
    message: `Lab ${lab} was placed on hosts that are not of this mesh: ${strange.join(', ')}.`,
    details: { lab, hosts: strange },
  }
}

/** That a pool has fewer free numbers than `missing`: how many rest, and when the first of them is free again. */
export function exhausted(
  state: State,
  { who, pool: name, missing }: { readonly who: string; readonly pool: string; readonly missing: number },
): Refusal {
  const { free, inUse, resting, freeAgainAtMs } = countsOf(poolOf(state, name), state.nowMs)
  const again = freeAgainAtMs === null ? '' : `, the first for ${inWords(freeAgainAtMs - state.nowMs)} more`
  return {
    code: 'POOL_EXHAUSTED',
    message: `${who} needs ${missing} more of pool ${poolName(state, name)}: ${free} are free, ${inUse} in use, ${resting} rest after use${again}.`,
    details: { pool: name, missing, free, inUse, resting, ...(freeAgainAtMs === null ? {} : { freeAgainAtMs }) },
  }
}

/** A pool as people call it: that of a host by the name of the host. */
function poolName(state: State, name: string): string {
  const host = poolHost(name)
  return host === undefined ? name : `${name.split('/')[0]} of host ${own(state.roster, host)?.name ?? host}`
}

const inWords = (ms: number): string => (ms < 120_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.ceil(ms / 60_000)} min`)
