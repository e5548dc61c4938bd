import { formatMac } from '../allocation/address.ts'
import { claim, heldUnder, type Pool } from '../allocation/pool.ts'
import { vlanPoolName } from '../allocation/port.ts'
import { toVlanTag, toVni } from '../allocation/vni.ts'
import type { HostId, LabName, NodeName, SegmentId } from '../model/ids.ts'
import type { Assignment, SegmentAssignment } from '../model/lab.ts'
import { own } from '../model/own.ts'
import type { Assign, Release, SegmentDemand } from './lab-commands.ts'
import { endpointOwner, labPools, labPrefix, segmentOwner } from './lab-owners.ts'
import { giveMgmt } from './mgmt.ts'
import { crowded } from './promises.ts'
import { givePorts } from './publish.ts'
import { exhausted, outdated, strangers } from './refusals.ts'
import {
  clockOf,
  done,
  type Handler,
  type LabVersion,
  type LogPosition,
  poolOf,
  type Refusal,
  refuse,
  type State,
  withPools,
} from './state.ts'

/**
 * Gives a lab its numbers, all of them or none. What a segment or endpoint holds it keeps as long as it is needed;
 * what is no longer needed is freed. An assignment that would be the one held already leaves it as it is.
 */
export const assign: Handler<Assign> = (state, at, command) => {
  const refusal =
    outdated(state, command, 'assigned') ??
    strangers(state, command.lab, hostsAsked(command)) ??
    crowded(state, command)
  if (refusal) return refuse(state, refusal)
  const numbers = take(state, command.lab, demands(state, command))
  if ('code' in numbers) return refuse(state, numbers)
  const { lab, intentVersion } = command
  const held = own(state.assignments, lab)
  const more = giveMore({ ...state, pools: withPools(state, numbers.pools) }, command)
  if ('code' in more) return refuse(state, more)
  const assignment = settle(held, { ...build(state, at, { command, numbers: numbers.values }), ...more.given })
  const version: LabVersion = { intentVersion, type: 'assigned' }
  return done(
    {
      ...state,
      pools: more.state.pools,
      assignments: assignment === held ? state.assignments : { ...state.assignments, [lab]: assignment },
      labVersions: { ...state.labVersions, [lab]: version },
    },
    { type: 'lab', lab, index: assignment.index },
  )
}

interface More {
  readonly state: State
  readonly given: Pick<Assignment, 'mgmt' | 'published'>
}

/** A place in a management network, and ports of hosts. */
function giveMore(
  state: State,
  { lab, hosts, mgmt, published = [] }: Pick<Assign, 'lab' | 'hosts' | 'mgmt' | 'published'>,
): More | Refusal {
  const around = Object.keys(mgmt?.nodes ?? {}).flatMap((node) => own(hosts, node as NodeName) ?? [])
  const place = giveMgmt(state, { lab, demand: mgmt, hosts: around })
  if ('code' in place) return place
  const ports = givePorts(place.state, lab, published)
  if ('code' in ports) return ports
  return {
    state: ports,
    given: {
      ...(place.mgmt === undefined ? {} : { mgmt: place.mgmt }),
      ...(published.length === 0 ? {} : { published }),
    },
  }
}

/** Frees everything a lab holds. From then on only a newer intent gets numbers, unless nobody deleted it. */
export const releaseLab: Handler<Release> = (state, _at, command) => {
  const refusal = outdated(state, command, 'released')
  if (refusal) return refuse(state, refusal)
  const { lab, intentVersion } = command
  const { [lab]: _gone, ...assignments } = state.assignments
  const version: LabVersion = {
    intentVersion,
    type: command.swept ? 'assigned' : 'released',
    endedAtMs: state.nowMs,
  }
  const numbers = take(state, lab, new Map())
  const freed = 'code' in numbers ? state : { ...state, pools: withPools(state, numbers.pools) }
  const more = giveMore(freed, { lab, hosts: {} })
  return done(
    {
      ...state,
      pools: 'code' in more ? freed.pools : more.state.pools,
      assignments,
      labVersions: { ...state.labVersions, [lab]: version },
    },
    { type: 'lab', lab, index: null },
  )
}

const hostsAsked = ({ hosts, segments }: Assign): readonly HostId[] => [
  ...Object.values(hosts),
  ...segments.flatMap((segment) => segment.hosts),
]

/** Owners that need a value, by pool. */
type Demands = ReadonlyMap<string, readonly string[]>

const hostsOf = (segment: SegmentDemand): readonly HostId[] => [...new Set(segment.hosts)].sort()

function demands(state: State, { lab, segments, endpoints }: Assign): Demands {
  const wanted = new Map<string, string[]>([
    ['vni', []],
    ['mac', endpoints.map((endpoint) => endpointOwner(lab, endpoint))],
  ])
  for (const host of Object.values(state.roster)) if (host.state === 'admitted') wanted.set(vlanPoolName(host.id), [])
  for (const segment of segments) {
    const hosts = hostsOf(segment)
    const owner = segmentOwner(lab, segment.id)
    if (hosts.length > 1) wanted.get('vni')?.push(owner)
    for (const host of hosts) wanted.get(vlanPoolName(host))?.push(owner)
  }
  return wanted
}

type Numbers = ReadonlyMap<string, ReadonlyMap<string, number>>

interface Taken {
  readonly pools: ReadonlyMap<string, Pool>
  readonly values: Numbers
}

/** Claims in every pool wanted from or where the lab still holds something; a pool left out of `wanted` gets all back. */
function take(state: State, lab: LabName, wanted: Demands): Refusal | Taken {
  const pools = new Map<string, Pool>()
  const values = new Map<string, ReadonlyMap<string, number>>()
  const prefix = labPrefix(lab)
  for (const name of [...new Set([...wanted.keys(), ...labPools(state)])].sort()) {
    const pool = poolOf(state, name)
    const owners = wanted.get(name) ?? []
    const claimed = claim(pool, { prefix, owners, ...clockOf(state) })
    if (!claimed) return lacking(state, lab, { name, owners })
    values.set(name, claimed.values)
    if (claimed.pool !== pool) pools.set(name, claimed.pool)
  }
  return { pools, values }
}

function lacking(
  state: State,
  lab: LabName,
  asked: { readonly name: string; readonly owners: readonly string[] },
): Refusal {
  const held = heldUnder(poolOf(state, asked.name), labPrefix(lab))
  const missing = asked.owners.filter((owner) => !held.has(owner)).length
  const refusal = exhausted(state, { who: `Lab ${lab}`, pool: asked.name, missing })
  return { ...refusal, details: { lab, ...refusal.details } }
}

interface Building {
  readonly command: Assign
  readonly numbers: Numbers
}

function build(state: State, at: LogPosition, { command, numbers }: Building): Assignment {
  const { lab, intentVersion } = command
  const number = (pool: string, owner: string): number | undefined => numbers.get(pool)?.get(owner)
  const segments = command.segments.map((segment): [SegmentId, SegmentAssignment] => {
    const owner = segmentOwner(lab, segment.id)
    const vni = number('vni', owner)
    const vlans = hostsOf(segment).flatMap((host) => {
      const tag = number(vlanPoolName(host), owner)
      return tag === undefined ? [] : [[host, toVlanTag(tag)] as const]
    })
    return [
      segment.id,
      { vni: vni === undefined ? null : toVni(vni), vlans: Object.fromEntries(vlans), mtuBytes: segment.mtuBytes },
    ]
  })
  const macs = command.endpoints.flatMap((endpoint) => {
    const value = number('mac', endpointOwner(lab, endpoint))
    return value === undefined ? [] : [[endpoint, formatMac(value)] as const]
  })
  return {
    lab,
    intentVersion,
    hosts: command.hosts,
    segments: Object.fromEntries(segments),
    macs: Object.fromEntries(macs),
    ...(command.requests === undefined ? {} : { requests: command.requests }),
    epoch: state.epoch,
    term: at.term,
    index: at.index,
  }
}

/** The assignment held where the new one says nothing else: hosts then need not answer for a new index. */
function settle(held: Assignment | undefined, next: Assignment): Assignment {
  if (!held) return next
  const same = { ...next, epoch: held.epoch, term: held.term, index: held.index }
  return JSON.stringify(same) === JSON.stringify(held) ? held : next
}
