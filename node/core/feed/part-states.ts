import type { ActiveLab } from '../engine/labs.ts'
import { endImpairments } from '../impairment/ends.ts'
import type { HostId } from '../model/ids.ts'
import type { LabStatus } from '../model/lab.ts'
import type { RosterEntry } from '../model/record.ts'
import { macsOf } from '../plan/end-mac.ts'
import { firstFinding, linkFindings } from '../view/link-truth.ts'
import { nodeTruth } from '../view/node-truth.ts'
import type { LabViewInput } from '../view/types.ts'

/** How a part of a lab is on one host: right, or why it is not. */
export interface PartState {
  readonly kind: 'node' | 'link'
  /** Node name or link id. */
  readonly about: string
  readonly isRight: boolean
  /** The first thing wrong, in words; empty where it is right, or on its way. */
  readonly message: string
}

/**
 * The nodes of a lab that run on `self` and the links that end there, as its own status has them: of a link only what is on this host
 * counts, so that two hosts never tell the same thing.
 */
export const partStates = (
  self: HostId,
  { intent, assignment }: ActiveLab,
  { status, roster }: { readonly status: LabStatus; readonly roster: readonly RosterEntry[] },
): readonly PartState[] => {
  const input: LabViewInput = {
    intent,
    generation: 0,
    assignment,
    statuses: new Map([[self, status]]),
    roster,
    isAlive: () => true,
    impaired: endImpairments(intent),
    macs: macsOf(intent, assignment),
  }
  const truths = new Map(intent.nodes.map((node) => [node.name, nodeTruth(node, input)]))
  const nodes = intent.nodes
    .filter((node) => node.kind !== 'bridge' && assignment.hosts[node.name] === self)
    .map((node): PartState => {
      const truth = truths.get(node.name)
      const isRight = truth?.view.state === 'running' && truth.isReady
      return { kind: 'node', about: node.name, isRight, message: truth?.view.error ?? '' }
    })
  const links = intent.links
    .filter((link) => link.endpoints.some((end) => assignment.hosts[end.node] === self))
    .map((link): PartState => {
      const here = linkFindings(link, input, truths).filter(({ type }) => type !== 'pending' && type !== 'lost')
      const wrong = firstFinding(here)
      const isRight = here.length > 0 && here.every(({ type }) => type === 'right' || type === 'down')
      return { kind: 'link', about: link.id, isRight, message: 'message' in wrong ? wrong.message : '' }
    })
  return [...nodes, ...links]
}
