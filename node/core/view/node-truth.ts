import type { HostId } from '../model/ids.ts'
import type { LabNode, LabStatus } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { writtenKind } from '../model/software.ts'
import { hostName, type LabViewInput, type NodeView } from './types.ts'

/** What is known of a node. */
export interface NodeTruth {
  readonly view: NodeView
  /** Its post-start commands have all been run. */
  readonly isReady: boolean
}

/** What to believe of a host's part of a lab. */
export type Report =
  | { readonly type: 'lost'; readonly message: string }
  /** It told nothing yet. */
  | { readonly type: 'silent' }
  /** It told of an earlier assignment. */
  | { readonly type: 'stale' }
  | { readonly type: 'told'; readonly status: LabStatus }

/** What a host told of the assignment that holds now, if it can still be true. */
export function report(host: HostId, input: LabViewInput): Report {
  const entry = input.roster.find(({ id }) => id === host)
  if (entry?.state !== 'admitted') return { type: 'lost', message: `host ${hostName(input, host)} has left` }
  if (!input.isAlive(host)) return { type: 'lost', message: `host ${entry.name} is down` }
  const status = input.statuses.get(host)
  if (!status) return { type: 'silent' }
  return status.index === input.assignment?.index ? { type: 'told', status } : { type: 'stale' }
}

/** A node as its host read it back. A bridge is a segment, so it runs wherever its links do. */
export function nodeTruth(node: LabNode, input: LabViewInput): NodeTruth {
  const mgmt = own(input.assignment?.mgmt?.nodes ?? {}, node.name)
  const ports = (input.assignment?.published ?? [])
    .filter((port) => port.node === node.name)
    .map(({ hostPort, containerPort, protocol }) => ({ hostPort, containerPort, protocol }))
  const base = {
    name: node.name,
    kind: writtenKind(node),
    image: node.image,
    ...(mgmt === undefined ? {} : { mgmt }),
    ...(ports.length === 0 ? {} : { ports }),
  }
  if (node.kind === 'bridge') return { view: { ...base, host: '', state: 'running' }, isReady: true }
  const host = input.assignment && own(input.assignment.hosts, node.name)
  if (host === undefined) return { view: { ...base, host: null, state: 'pending' }, isReady: false }
  const at = { ...base, host: hostName(input, host) }
  const told = report(host, input)
  if (told.type === 'lost') return { view: { ...at, state: 'error', error: told.message }, isReady: false }
  if (told.type !== 'told')
    return { view: { ...at, state: told.type === 'silent' ? 'pending' : 'creating' }, isReady: false }
  const seen = told.status.nodes.find(({ name }) => name === node.name)
  if (!seen) return { view: { ...at, state: 'pending' }, isReady: false }
  const { state, error, doing, ready } = seen
  const more = { ...(error === undefined ? {} : { error }), ...(doing === undefined ? {} : { doing }) }
  // One that is stopped and ready has ended as it was meant to.
  const shown = state === 'stopped' && ready ? 'exited' : state
  return { view: { ...at, state: shown, ...more }, isReady: ready }
}
