import type { ExerciseAsk, TestParams } from '#core/model/iperf.ts'
import type { Client } from './client.ts'
import { badUsage } from './failures.ts'

import type { LabShape } from './lab-shapes.ts'

/** Options that say how it is measured. */
export interface MeasureOptions {
  readonly udp?: true
  readonly bitrate?: number
  readonly parallel?: number
  readonly bidir?: true
  readonly reverse?: true
  readonly time?: number
  readonly samples?: number
  readonly underlay?: true
  readonly ping?: true
  readonly background?: true
}

/** Options that say what is measured, of those who measure each with each. */
export interface EndsOptions {
  readonly hosts?: readonly string[]
  readonly lab?: string
  readonly nodes?: readonly string[]
  readonly links?: true
}

/** What the agent is sent; only what was said, the rest is as usual. */
export const paramsOf = (options: MeasureOptions): Partial<TestParams> => ({
  ...(options.udp === true ? { protocol: 'udp' as const } : {}),
  ...(options.bitrate === undefined ? {} : { bitrateBps: options.bitrate }),
  ...(options.parallel === undefined ? {} : { parallel: options.parallel }),
  ...(options.bidir === true ? { isBidir: true } : {}),
  ...(options.reverse === true ? { isReverse: true } : {}),
  ...(options.time === undefined ? {} : { timeS: options.time }),
  ...(options.samples === undefined ? {} : { samples: options.samples }),
  ...(options.underlay === true ? { way: 'underlay' as const } : {}),
  ...(options.ping === true ? { tool: 'ping' as const } : {}),
  ...(options.background === true ? { class: 'background' as const } : {}),
})

/**
 * What is measured: hosts by name, nodes of a lab, its links, or all hosts of the mesh. A lab is asked for its nodes where none are named.
 * Bad usage where the options contradict each other.
 */
export async function meshOf(client: Client, { hosts, lab, nodes, links }: EndsOptions): Promise<ExerciseAsk> {
  if (lab === undefined) {
    if (nodes !== undefined || links === true) throw badUsage('nodes and links are those of a lab', 'Add --lab NAME.')
    return { shape: 'mesh', ends: hosts ?? [] }
  }
  if (links === true && (nodes !== undefined || hosts !== undefined))
    throw badUsage('--links measures the links of a lab alone', 'Leave out --nodes and --hosts.')
  if (nodes !== undefined) return { shape: 'mesh', ends: [...(hosts ?? []), ...nodes.map((node) => `${lab}/${node}`)] }
  const view = await client.get<LabShape>(`/v1/labs/${encodeURIComponent(lab)}`)
  if (links === true) return { shape: 'pairs', pairs: linksOf(view) }
  return { shape: 'mesh', ends: [...(hosts ?? []), ...view.nodes.map(({ name }) => `${lab}/${name}`)] }
}

/** Each link once, from its first end to its second. Bad usage where there is none between two nodes. */
function linksOf({ name: lab, nodes, links }: LabShape): readonly (readonly [string, string])[] {
  const known = new Set(nodes.map(({ name }) => name))
  const pairs = links.flatMap(({ endpoints }) => {
    const [a, b] = endpoints.filter(({ node }) => known.has(node)).map((end) => `${lab}/${end.node}:${end.interface}`)
    return a === undefined || b === undefined ? [] : [[a, b] as const]
  })
  if (pairs.length === 0) throw badUsage(`lab ${lab} has no link between two nodes`, `See \`skein lab links ${lab}\`.`)
  return pairs
}
