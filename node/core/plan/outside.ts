import type { HostId, LabName, NodeName } from '../model/ids.ts'
import { own } from '../model/own.ts'
import type { WantedLab } from './desired-input.ts'

/** What labs use of a host that is not Skein's: a driver looks for these and for nothing else. */
export interface Outside {
  readonly containers: readonly { readonly lab: LabName; readonly node: NodeName; readonly containerName: string }[]
  /** Names of bridges, each once. */
  readonly bridges: readonly string[]
}

/** What these labs use of the host `self`. */
export function outsideOf(labs: readonly WantedLab[], self: HostId): Outside {
  const containers = labs.flatMap(({ intent, assignment }) =>
    (intent.anchors ?? []).flatMap((anchor) =>
      anchor.type === 'ext-container' && own(assignment.hosts, anchor.name) === self
        ? [{ lab: intent.name, node: anchor.name, containerName: anchor.container }]
        : [],
    ),
  )
  return { containers, bridges: [...new Set(labs.flatMap((lab) => bridgesOn(self, lab)))] }
}

/** Bridges of a lab that may be on a host already: those of segments that have a part there, or are pinned to it. */
const bridgesOn = (self: HostId, { intent, assignment }: WantedLab): readonly string[] =>
  intent.segments
    .filter(({ id }) => own(own(assignment.segments, id)?.vlans ?? {}, self) !== undefined)
    .flatMap(({ bridges = [] }) => bridges.filter((bridge) => mayJoin(bridge, { self, assignment })))
    .map(({ name }) => name)

/** A bridge that is pinned is joined on that host alone. */
export const mayJoin = (
  { name, host }: { readonly name: NodeName; readonly host?: string },
  { self, assignment }: { readonly self: HostId; readonly assignment: WantedLab['assignment'] },
): boolean => host === undefined || own(assignment.hosts, name) === self
