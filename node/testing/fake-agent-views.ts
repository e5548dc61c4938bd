import type { ChangeCounts, LabView, LinkView, NodeView, PlanView } from '#agent/port.ts'
import type { LabIntent, Link } from '#core/model/lab.ts'

/** A lab nobody has begun to make. */
export function pendingView(intent: LabIntent, generation: number): LabView {
  return {
    name: intent.name,
    state: 'pending',
    generation,
    nodes: intent.nodes.map(({ name, kind, image }): NodeView => ({ name, kind, image, host: null, state: 'pending' })),
    links: intent.links.map(pendingLink),
    notes: [],
  }
}

const pendingLink = ({ id, endpoints }: Link): LinkView => ({
  id,
  state: 'pending',
  endpoints: endpoints.map((end) => ({ ...end, host: null, mac: null, vlan: null })),
  vni: null,
  mtu: null,
})

/** The same lab with everything of it on host `a`. */
export const upView = (view: LabView): LabView => ({
  ...view,
  state: 'up',
  nodes: view.nodes.map((node) => ({ ...node, host: 'a', state: 'running' })),
  links: view.links.map((link) => ({
    ...link,
    state: 'up',
    mtu: 1500,
    endpoints: link.endpoints.map((end) => ({ ...end, host: 'a', mac: '02:00:00:00:00:01', vlan: 1 })),
  })),
})

/** All of it new, on host `a` where it is not pinned. */
export const planOf = (intent: LabIntent): PlanView => ({
  lab: intent.name,
  running: null,
  nodes: intent.nodes.map(({ name, host }) => ({
    name,
    host: host ?? 'a',
    reason: host === undefined ? 'fewest nodes' : 'pinned',
    change: 'create',
    keys: [],
    why: 'new',
  })),
  links: intent.links.map(({ id }) => ({
    id,
    crossHost: false,
    hosts: ['a'],
    mtu: 1500,
    change: 'create',
    why: 'new',
  })),
  files: intent.files.map(({ path }) => ({ path, change: 'create', why: 'new' })),
})

/** As if every submission made all of it. */
export const madeAll = (intent: LabIntent): ChangeCounts => {
  const created = (create: number) => ({ create, change: 0, remove: 0, keep: 0 })
  return {
    nodes: { ...created(intent.nodes.length), recreate: 0, move: 0 },
    links: created(intent.links.length),
    files: created(intent.files.length),
  }
}
