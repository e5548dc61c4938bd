import type { HostId } from '#core/model/ids.ts'
import { imageText } from '#core/model/image-label.ts'
import { own } from '#core/model/own.ts'

/** Which image a name stands for: the engine's id. */
export type Pins = Readonly<Record<string, string>>

/** What hosts said of the images they have. */
export interface Held {
  readonly self: HostId
  /** Those the lab runs on. */
  readonly hosts: readonly HostId[]
  /** By host and name, of those it can give. */
  readonly ids: ReadonlyMap<HostId, Pins>
  name(host: HostId): string
}

/**
 * One image for each name, the same on all hosts of a lab: what it was before, as long as some host has it; else what the name stands for on
 * this host, where people made it or looked at it; else what it stands for on most. Names that nobody has get none.
 */
export function choosePins(names: readonly string[], known: Pins, { self, ids, name: hostName }: Held): Pins {
  const chosen = names.flatMap((name) => {
    const there = [...ids]
      .toSorted(([a], [b]) => hostName(a).localeCompare(hostName(b), 'en'))
      .flatMap(([host, held]) => {
        const digest = own(held, name)
        return digest === undefined ? [] : [{ host, digest }]
      })
    const votes = (digest: string): number => there.filter((one) => one.digest === digest).length
    const before = own(known, name)
    const most = there.toSorted((a, b) => votes(b.digest) - votes(a.digest))[0]
    const isKept = before !== undefined && [...ids.values()].some((held) => Object.values(held).includes(before))
    const pick = (isKept ? { digest: before } : undefined) ?? there.find(({ host }) => host === self) ?? most
    return pick === undefined ? [] : [[name, pick.digest] as const]
  })
  return Object.fromEntries(chosen.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** What people should know of it: who gets an image from whom, and where a name stands for another image. */
export function comingNotes(
  pins: Pins,
  { ids, name: hostName }: Held,
  needed: ReadonlyMap<HostId, readonly string[]>,
): readonly string[] {
  const names = (hosts: readonly HostId[]): string => hosts.map(hostName).toSorted().join(', ')
  return Object.entries(pins).flatMap(([name, digest]) => {
    const givers = [...ids].flatMap(([host, held]) => (own(held, name) === digest ? [host] : []))
    const takers = [...needed].flatMap(([host, labels]) => (labels.includes(name) && ids.has(host) ? [host] : []))
    const others = takers.filter((host) => ![undefined, digest].includes(own(ids.get(host) ?? {}, name)))
    const lacking = takers.filter((host) => own(ids.get(host) ?? {}, name) === undefined)
    const short = digest.replace('sha256:', '').slice(0, 12)
    return [
      ...(lacking.length === 0 ? [] : [`${imageText(name)} comes to ${names(lacking)} from ${names(givers)}`]),
      ...(others.length === 0
        ? []
        : [
            `${imageText(name)} is another on ${names(others)} than on ${names(givers)}; the lab runs that of ${names(givers)} (${short}) everywhere`,
          ]),
    ]
  })
}
