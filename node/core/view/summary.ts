import type { LabState } from '../model/lab.ts'
import type { LabView } from './types.ts'

/** A row of the list of labs. */
export interface LabSummary {
  readonly name: string
  readonly state: LabState
  readonly generation: number
  /** When it was last asked for otherwise, by the clock of the host that took it, milliseconds since 1970. */
  readonly changedAtMs?: number
  readonly nodes: { readonly running: number; readonly total: number }
  readonly links: { readonly up: number; readonly total: number }
  /** Names of the hosts it has nodes on. */
  readonly hosts: readonly string[]
}

/** A lab in one row. */
export const labSummary = ({ name, state, generation, changedAtMs, nodes, links }: LabView): LabSummary => ({
  name,
  state,
  generation,
  ...(changedAtMs === undefined ? {} : { changedAtMs }),
  nodes: { running: nodes.filter((node) => node.state === 'running').length, total: nodes.length },
  links: { up: links.filter((link) => link.state === 'up').length, total: links.length },
  hosts: [...new Set(nodes.flatMap(({ host }) => (host === null || host === '' ? [] : [host])))].toSorted(),
})
