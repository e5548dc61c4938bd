import type { HostId } from '#core/model/ids.ts'
import { currentLeader, type SimHost } from './host.ts'
import type { World } from './world.ts'

/** The host of that name. Throws SyntaxError where there is none. */
export function hostNamed(world: World, name: string | undefined): SimHost {
  const host = world.hosts.get((name ?? '') as HostId)
  if (host === undefined) throw new SyntaxError(`there is no host '${name}'`)
  return host
}

/** A host by name, several by `a,b`, `all`, or whoever leads as `leader` (nobody, where nobody does). */
export function hostsNamed(world: World, names: string | undefined): readonly SimHost[] {
  if (names === 'all') return [...world.hosts.values()]
  if (names !== 'leader') return (names ?? '').split(',').map((name) => hostNamed(world, name))
  const leader = currentLeader(world.hosts.values())
  return leader === undefined ? [] : [leader]
}
