import type { NodeName } from '../model/ids.ts'
import { needsNetem, type Shape, shapeOf } from '../model/impairment.ts'
import type { LabIntent } from '../model/lab.ts'
import { type EndImpairment, endImpairments } from './ends.ts'
import { impairmentText } from './text.ts'

/** What a node needs of its host that not every host has, and what for. */
export interface Need {
  /** A word of hosts' `capabilities`. */
  readonly what: string
  /** For example `for delay 10ms at r1:eth1`. */
  readonly why?: string
}

/** What the kernels of hosts must have for the impairments of a lab: by the node at whose end it is done. */
export function shapingNeeds(
  intent: Pick<LabIntent, 'links' | 'nodes' | 'anchors'>,
): ReadonlyMap<NodeName, readonly Need[]> {
  const needs = [...endImpairments(intent)].flatMap(([key, end]) => {
    const node = key.slice(0, key.indexOf(':')) as NodeName
    return shapesOf(end).map((shape) => ({ node, need: needOf(shape, key) }))
  })
  const byNode = Map.groupBy(needs, ({ node }) => node)
  return new Map([...byNode].map(([node, all]) => [node, all.map(({ need }) => need)]))
}

const shapesOf = ({ towards, from }: EndImpairment): readonly Shape[] =>
  [towards, from].filter((shape) => shape !== undefined)

const needOf = (shape: Shape, key: string): Need => {
  const { rateBps, ...rest } = shapeOf(shape)
  if (!needsNetem(shape)) return { what: 'tbf', why: `for ${impairmentText(shape)} at ${key}` }
  return { what: 'netem', why: `for ${impairmentText(rest)} at ${key} (rate, down and flap go without)` }
}
