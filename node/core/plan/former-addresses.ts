import { type EndpointKey, endpointKey } from '../model/ids.ts'
import type { LabIntent } from '../model/lab.ts'
import { own } from '../model/own.ts'

/** Addresses, with prefix length, that a lab once gave the ends of its links and no longer does. */
export type FormerAddresses = Readonly<Record<EndpointKey, readonly string[]>>

/**
 * What is to be taken away from link ends that go on: what the intent before gave them and `after` does not. Nodes add addresses themselves, so
 * one that is there and not asked for is no mistake by itself. What was to go before goes on being so.
 */
export function formerAddresses(
  before: { readonly intent: LabIntent; readonly former?: FormerAddresses } | undefined,
  after: LabIntent,
): FormerAddresses | undefined {
  if (before === undefined) return undefined
  const now = addressesOf(after)
  const was = addressesOf(before.intent)
  const former = [...now].flatMap(([key, given]) => {
    const gone = new Set([...(own(before.former ?? {}, key) ?? []), ...(was.get(key) ?? [])])
    for (const address of given) gone.delete(address)
    return gone.size === 0 ? [] : [[key, [...gone].toSorted()] as const]
  })
  return former.length === 0 ? undefined : Object.fromEntries(former)
}

const addressesOf = ({ segments }: LabIntent): ReadonlyMap<EndpointKey, readonly string[]> =>
  new Map(
    segments.flatMap(({ endpoints }) =>
      endpoints.map((end) => [
        endpointKey(end.node, end.interface),
        [end.ipv4, end.ipv6].filter((address) => address !== undefined),
      ]),
    ),
  )
