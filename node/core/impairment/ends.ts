import { type EndpointKey, endpointKey, type NodeName } from '../model/ids.ts'
import { type Flap, type Impairment, isShaping, type Shape, shapeOf } from '../model/impairment.ts'
import type { LabIntent, Link } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { isFlapDown, nextTurnMs } from './flap.ts'

/** What of a link's impairments is done at one of its ends. */
export interface EndImpairment {
  /** On what goes to the node, at the host's side of its interface. */
  readonly towards?: Shape
  /** On what the node sends, in its own namespace: where no single other end is there to do it. */
  readonly from?: Shape
  readonly down?: true
  readonly flaps?: readonly Flap[]
}

export type EndImpairments = ReadonlyMap<EndpointKey, EndImpairment>

/**
 * Every end of a lab that has something done to it. A cable of two node ends is impaired at the hosts' side alone: what one end sends is
 * what the other one receives. An end in a segment of more is impaired where it sends; what a bridge, or the outside, sends where the node receives it.
 */
export function endImpairments({
  links,
  nodes,
  anchors = [],
}: Pick<LabIntent, 'links' | 'nodes' | 'anchors'>): EndImpairments {
  const impaired = links.filter(({ impairments }) => impairments !== undefined)
  if (impaired.length === 0) return new Map()
  const bridges = nodes.filter(({ kind }) => kind === 'bridge')
  const outside = new Set(
    [...bridges, ...anchors.filter(({ type }) => type !== 'ext-container')].map(({ name }) => name),
  )
  return new Map(impaired.flatMap((link) => ofLink(link, outside)))
}

interface End {
  readonly key: EndpointKey
  /** No node runs there: a bridge, or what is not of the lab. */
  readonly isOutside: boolean
  readonly impairment: Impairment
}

function ofLink(link: Link, outside: ReadonlySet<NodeName>): readonly (readonly [EndpointKey, EndImpairment])[] {
  const ends = link.endpoints.map((end): End => {
    const key = endpointKey(end.node, end.interface)
    return { key, isOutside: outside.has(end.node), impairment: own(link.impairments ?? {}, key) ?? {} }
  })
  const isCable = ends.length === 2
  return ends
    .filter(({ isOutside }) => !isOutside)
    .map((end) => [end.key, ofEnd(end, isCable ? ends : [end], isCable ? other(ends, end) : undefined)] as const)
    .filter(([, found]) => Object.keys(found).length > 0)
}

const other = (ends: readonly End[], end: End): End | undefined => ends.find(({ key }) => key !== end.key)

function ofEnd({ impairment }: End, cable: readonly End[], far: End | undefined): EndImpairment {
  const towards = shapeOf(far?.impairment ?? {})
  const from = far !== undefined && !far.isOutside ? {} : shapeOf(impairment)
  const flaps = cable.flatMap((end) => end.impairment.flap ?? [])
  return {
    ...(isShaping(towards) ? { towards } : {}),
    ...(isShaping(from) ? { from } : {}),
    ...(cable.some((end) => end.impairment.down === true) ? { down: true } : {}),
    ...(flaps.length === 0 ? {} : { flaps: [...new Map(flaps.map((flap) => [JSON.stringify(flap), flap])).values()] }),
  }
}

/** Whether an end is to have no carrier at this moment of the wall clock. */
export const isDownAt = (end: EndImpairment | undefined, wallMs: number): boolean =>
  end?.down === true || end?.flaps?.some((flap) => isFlapDown(flap, wallMs)) === true

/** Whether an end may be without carrier because somebody asked for it, now or at another moment. */
export const mayBeDown = (end: EndImpairment | undefined): boolean => end?.down === true || end?.flaps !== undefined

/** Milliseconds until one of these ends turns up or down by its schedule; undefined where none does. */
export function nextFlapMs(ends: Iterable<EndImpairment>, wallMs: number): number | undefined {
  const times = [...ends].flatMap(({ down, flaps = [] }) =>
    down === true ? [] : flaps.map((flap) => nextTurnMs(flap, wallMs)),
  )
  return times.length === 0 ? undefined : Math.min(...times)
}
