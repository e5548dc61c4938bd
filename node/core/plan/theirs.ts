import type { LabNode } from '../model/lab.ts'
import type { Nic, Resource } from '../model/resource.ts'

/**
 * Software of a vendor takes the interfaces of its container for its own: it moves them into namespaces it makes, renames them, gives them
 * addresses, and puts them down where its configuration says so. Once such an end was made, what it has become is theirs.
 */
export const isTheirs = ({ software }: LabNode): boolean => software?.kind !== undefined

/** What was seen, with ends that are theirs told as they are wanted but for their host's side, which is ours. */
export function asTheirs(seen: readonly Resource[], wanted: readonly Resource[]): readonly Resource[] {
  const theirs = new Map(
    wanted.flatMap((resource) =>
      resource.kind === 'nic' && resource.isTheirs === true ? [[resource.id, resource] as const] : [],
    ),
  )
  if (theirs.size === 0) return seen
  return seen.map((resource) => {
    const want = theirs.get(resource.id)
    return want === undefined || resource.kind !== 'nic' ? resource : told(want, resource)
  })
}

function told(want: Nic, { outer, fault, ...seen }: Nic): Nic {
  // Without a process there is no namespace it could have been taken to.
  if (outer === undefined || seen.pid === 0) return { ...seen, ...(fault === undefined ? {} : { fault }) }
  const { name, mac, addresses, txOffload } = want
  return { ...seen, name, mac, addresses, txOffload, mtuBytes: outer.mtuBytes, up: outer.up, outer }
}
