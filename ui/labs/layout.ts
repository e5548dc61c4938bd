import cytoscape, { type Core, type NodeSingular } from 'cytoscape'
import fcose from 'cytoscape-fcose'
import type { Point, Positions } from './positions.ts'
import { lying, untidiness } from './tidiness.ts'

cytoscape.use(fcose)

const TRIES = 10
/** Of so many one layout takes long enough. */
const MANY_NODES = 60

/** A place holds for a node in its box: on another host it is somewhere else. */
const keyOf = (node: NodeSingular): string => `${node.id()}@${node.parent().first().id() ?? ''}`

const nodesOf = (cy: Core) => cy.nodes('[!isBox]')

/** Where everything is now, to be kept. */
export const placesOf = (cy: Core): Positions =>
  Object.fromEntries(nodesOf(cy).map((node) => [keyOf(node), { ...node.position() }]))

/** Puts everything where it was; false, and nothing moved, where not all places are known. */
export function putBack(cy: Core, kept: Positions): boolean {
  const nodes = nodesOf(cy).toArray()
  if (nodes.some((node) => kept[keyOf(node)] === undefined)) return false
  for (const node of nodes) node.position({ ...(kept[keyOf(node)] ?? node.position()) })
  return true
}

/** Finds places for all whose place is not known. Of several tries, each begun somewhere else, the one that is read best stays. */
export function layOut(cy: Core, kept: Positions): void {
  const nodes = nodesOf(cy).toArray()
  const fixed = nodes.flatMap((node) => {
    const position = kept[keyOf(node)]
    return position === undefined ? [] : [{ nodeId: node.id(), position: { ...position } }]
  })
  const segments = cy.edges().map((edge) => ({ from: String(edge.data('source')), to: String(edge.data('target')) }))
  const tries = nodes.length > MANY_NODES ? 1 : TRIES
  let best: { readonly score: number; readonly places: ReadonlyMap<string, Point> } | undefined
  for (let count = 0; count < tries && best?.score !== 0; count += 1) {
    // By itself it begins at the same places each time.
    if (count > 0) scatter(nodes)
    cy.layout(optionsOf(fixed, count === 0)).run()
    const places = new Map(nodes.map((node) => [node.id(), { ...node.position() }]))
    const score = untidiness(places, segments)
    if (best === undefined || score < best.score) best = { score, places }
  }
  const places = best?.places ?? new Map<string, Point>()
  for (const [id, place] of fixed.length === 0 ? lying(places) : places) cy.getElementById(id).position({ ...place })
}

function scatter(nodes: readonly NodeSingular[]): void {
  const wide = 90 * Math.sqrt(nodes.length + 1)
  for (const node of nodes) node.position({ x: Math.random() * wide * 1.6, y: Math.random() * wide })
}

/** As of cytoscape-fcose 2.2; they are more than those cytoscape knows of. */
const optionsOf = (fixed: readonly { readonly nodeId: string; readonly position: Point }[], randomize: boolean) => ({
  name: 'fcose',
  animate: false,
  quality: 'proof',
  randomize,
  nodeSeparation: 120,
  idealEdgeLength: 140,
  nodeRepulsion: 12_000,
  tile: true,
  fit: false,
  ...(fixed.length === 0 ? {} : { fixedNodeConstraint: fixed }),
})
