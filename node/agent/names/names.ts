import type { Engine } from '#core/engine/engine.ts'
import { currentStatusOf } from '#core/engine/labs.ts'
import { containerName } from '#core/model/container-name.ts'
import type { HostId, LabName, NodeName } from '#core/model/ids.ts'
import { own } from '#core/model/own.ts'
import { hostName, type NamedHost, type NamedNode, type Names, nodeName } from '#core/names/names.ts'

type Known = Pick<Engine, 'self' | 'active' | 'book' | 'membership' | 'roster'>

/** Every name this host knows of, and whether what it stands for can be reached. */
export const namesOf = (engine: Known): Names => {
  const isThere = (host: HostId): boolean => host === engine.self || engine.membership.isAlive(host)
  const hosts = (engine.roster?.hosts ?? [])
    .filter(({ state }) => state === 'admitted')
    .map(
      ({ id, name, overlayAddress }): NamedHost => ({
        host: name,
        name: hostName(name),
        address: overlayAddress,
        isHealthy: isThere(id),
      }),
    )
  return { hosts, nodes: [...engine.active.keys()].flatMap((lab) => nodesOf(engine, lab, isThere)) }
}

/** Of labs with a node on this host: those it reaches itself. */
export const namesHere = (names: Names, engine: Pick<Known, 'self' | 'active'>): Names => ({
  ...names,
  nodes: names.nodes.filter(
    ({ lab }) => own(engine.active.get(lab)?.assignment.mgmt?.hosts ?? {}, engine.self) !== undefined,
  ),
})

function nodesOf(engine: Known, lab: string, isThere: (host: HostId) => boolean): readonly NamedNode[] {
  const active = engine.active.get(lab)
  if (active === undefined) return []
  const { intent, assignment } = active
  const reachable = new Map<HostId, ReadonlySet<string>>()
  const seenOn = (host: HostId): ReadonlySet<string> => {
    const known = reachable.get(host) ?? new Set(currentStatusOf(engine.book, host, lab)?.reachable ?? [])
    reachable.set(host, known)
    return known
  }
  return intent.nodes.flatMap(({ name, aliases = [] }): readonly NamedNode[] => {
    const addresses = own(assignment.mgmt?.nodes ?? {}, name)
    const host = own(assignment.hosts, name)
    if (addresses === undefined || host === undefined) return []
    return [
      {
        lab: intent.name,
        node: name,
        names: [
          ...new Set([nodeName(lab, name), containerOf(intent.prefix, intent.name, name), `clab-${lab}-${name}`]),
        ],
        short: [...new Set([name, ...aliases])],
        addresses: [addresses.ipv4, ...(addresses.ipv6 === undefined ? [] : [addresses.ipv6])],
        isHealthy: isThere(host) && seenOn(host).has(name),
      },
    ]
  })
}

/** With an empty prefix a container is called as its node, and that is no name for the whole mesh. */
const containerOf = (prefix: string, lab: LabName, node: NodeName): string =>
  prefix === '' ? `clab-${lab}-${node}` : containerName(prefix, lab, node)
