import { type EndpointKey, endpointKey } from '../model/ids.ts'
import { type Impairment, isWhole } from '../model/impairment.ts'
import type { Endpoint, LabIntent, Link } from '../model/lab.ts'
import { own } from '../model/own.ts'

/** What is to become of a link's impairment: keys that are null are taken away, those that are absent stay. */
export type ImpairmentChange = { readonly [Key in keyof Impairment]: Impairment[Key] | null }

/** Which end, as `node:interface`; the interface as Linux or as the file names it. */
export interface EndOfLink {
  readonly node: string
  readonly interface: string
}

/** The link one of whose ends this is; undefined where the lab has none. */
export const findLink = ({ links }: Pick<LabIntent, 'links'>, end: EndOfLink): Link | undefined =>
  links.find(({ endpoints }) => endpoints.some((one) => isEnd(one, end)))

/** Whether somebody who writes `end` means this endpoint. */
export const isEnd = (endpoint: Endpoint, end: EndOfLink): boolean =>
  endpoint.node === end.node && (endpoint.interface === end.interface || endpoint.alias === end.interface)

/**
 * The lab with `change` made to one link: to both its ends, or to `end` alone. `clear` takes away everything the ends meant had before.
 */
export function impair(
  intent: LabIntent,
  { link, end, change, clear }: { link: Link; end: EndOfLink | undefined; change: ImpairmentChange; clear: boolean },
): LabIntent {
  const found = link.endpoints.map((endpoint): readonly [EndpointKey, Impairment] => {
    const key = endpointKey(endpoint.node, endpoint.interface)
    const before = own(link.impairments ?? {}, key) ?? {}
    return [key, end === undefined || isEnd(endpoint, end) ? changed(clear ? {} : before, change) : before]
  })
  const impaired = found.filter(([, impairment]) => !isWhole(impairment))
  const { impairments: _, ...rest } = link
  const next: Link = impaired.length === 0 ? rest : { ...rest, impairments: Object.fromEntries(impaired) }
  return { ...intent, links: intent.links.map((one) => (one.id === link.id ? next : one)) }
}

const changed = (before: Impairment, change: ImpairmentChange): Impairment =>
  Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== null))

/** Why an impairment makes no sense; undefined where it does. */
export const impairmentProblem = ({ impairments = {} }: Link): string | undefined =>
  Object.values<Impairment>(impairments).some(
    ({ delayMs, jitterMs }) => jitterMs !== undefined && delayMs === undefined,
  )
    ? 'jitter needs a delay to be around'
    : undefined
