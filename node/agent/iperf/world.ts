import type { Engine } from '#core/engine/engine.ts'
import type { World } from '#core/iperf/ends.ts'
import type { AttachedBody } from '#core/model/iperf.ts'
import type { LabNode } from '#core/model/lab.ts'
import { own } from '#core/model/own.ts'

/** All that can be measured, as this host knows it. */
export function worldOf(engine: Engine, attached: readonly AttachedBody[]): World {
  const admitted = (engine.roster?.hosts ?? []).filter(({ state }) => state === 'admitted')
  return {
    hosts: admitted.map(({ id, name }) => ({
      id,
      name,
      isAlive: id === engine.self || engine.membership.isAlive(id),
    })),
    nodes: [...engine.active.values()].flatMap(({ intent, assignment }) =>
      intent.nodes.filter(isNode).map((node) => ({
        lab: intent.name,
        node: node.name,
        host: own(assignment.hosts, node.name),
        interfaces: interfacesOf(intent, node),
        isContainer: true,
      })),
    ),
    attached,
  }
}

/** Bridges are no nodes that something could run in. */
const isNode = ({ kind }: LabNode): boolean => kind !== 'bridge'

const interfacesOf = (
  { links }: { readonly links: readonly { readonly endpoints: readonly EndOfLink[] }[] },
  { name }: LabNode,
): readonly string[] =>
  links.flatMap(({ endpoints }) => endpoints.filter(({ node }) => node === name).map((end) => end.interface))

type EndOfLink = { readonly node: string; readonly interface: string }
