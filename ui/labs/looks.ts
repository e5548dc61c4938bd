import type { LinkView, NodeView } from '#agent/port.ts'
import type { Tone } from '../states.ts'

/** How a part of a lab is shown: never by colour alone. `line`: how its border or its cable is drawn. */
export interface Look {
  readonly tone: Tone
  readonly line: 'solid' | 'dashed' | 'dotted'
  /** In the middle of a cable, and before the word. */
  readonly sign: string
  readonly text: string
}

const NODES: Readonly<Record<NodeView['state'], Look>> = {
  running: { tone: 'ok', line: 'solid', sign: '●', text: 'running' },
  creating: { tone: 'busy', line: 'dashed', sign: '…', text: 'creating' },
  pending: { tone: 'busy', line: 'dotted', sign: '…', text: 'pending' },
  error: { tone: 'error', line: 'dashed', sign: '✕', text: 'error' },
  stopped: { tone: 'error', line: 'dotted', sign: '✕', text: 'stopped' },
  exited: { tone: 'unknown', line: 'dotted', sign: '◌', text: 'exited' },
}

const LINKS: Readonly<Record<LinkView['state'], Look>> = {
  up: { tone: 'ok', line: 'solid', sign: '●', text: 'up' },
  creating: { tone: 'busy', line: 'dashed', sign: '…', text: 'creating' },
  pending: { tone: 'busy', line: 'dotted', sign: '…', text: 'pending' },
  down: { tone: 'warn', line: 'dotted', sign: '▲', text: 'down on purpose' },
  error: { tone: 'error', line: 'dashed', sign: '✕', text: 'error' },
}

const UNKNOWN: Look = { tone: 'unknown', line: 'dotted', sign: '◌', text: 'unknown' }

const of = <T extends string>(looks: Readonly<Record<T, Look>>, state: T): Look =>
  Object.hasOwn(looks, state) ? looks[state] : UNKNOWN

/** How a node is shown; a state this page does not know is unknown, never good. */
export const nodeLook = ({ state }: Pick<NodeView, 'state'>): Look => of(NODES, state)

/** How a link is shown: green only where all of it was read back and nothing is done to it on purpose. */
export function linkLook({ state, impairments }: Pick<LinkView, 'state' | 'impairments'>): Look {
  const look = of(LINKS, state)
  if (state !== 'up' || Object.keys(impairments ?? {}).length === 0) return look
  return { ...look, tone: 'warn', sign: '▲', text: 'up, impaired' }
}

/** While the host is not heard nothing it said is certain. */
export const asOld = (look: Look): Look => ({ ...look, tone: 'unknown', sign: '◌' })

/** Outlines of nodes: what cytoscape calls them, and what the legend says. */
export type Shape = 'round-rectangle' | 'ellipse' | 'octagon' | 'diamond' | 'hexagon' | 'round-tag'

const SHAPES: Readonly<Record<string, Shape>> = {
  linux: 'round-rectangle',
  lxd: 'octagon',
  bridge: 'diamond',
  'ovs-bridge': 'diamond',
  host: 'round-tag',
  'ext-container': 'hexagon',
  vxlan: 'hexagon',
}

/** The outline of a kind; those of vendors are routers, and round. */
export const shapeOf = (kind: string): Shape => (Object.hasOwn(SHAPES, kind) ? SHAPES[kind] : undefined) ?? 'ellipse'

/** What outlines stand for. */
export const LEGEND: readonly (readonly [Shape, string])[] = [
  ['round-rectangle', 'linux'],
  ['ellipse', 'network OS'],
  ['octagon', 'LXD'],
  ['diamond', 'bridge'],
  ['round-tag', 'of the host'],
  ['hexagon', 'somebody else’s'],
]
