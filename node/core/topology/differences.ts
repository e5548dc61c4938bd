import type { LabIntent } from '../model/lab.ts'
import type { TopologyResult } from './read.ts'

/** One thing that is not as in containerlab. */
export interface LabDifference {
  /** Where the file says it; none for what it leaves unsaid. */
  readonly lines: readonly number[]
  /** A key with its place, or what it is about. */
  readonly what: string
  /** False where it has no effect here at all. */
  readonly supported: boolean
  readonly says: string
}

/** What will be different from containerlab for a lab file: of the keys it uses, and of what it does not say. */
export const differencesOf = ({ uses, intent }: Pick<TopologyResult, 'uses' | 'intent'>): readonly LabDifference[] => [
  ...uses
    .filter(({ row }) => intent === undefined || isMeant(row.key, intent))
    .map(({ place, row, lines }) => ({
      lines,
      what: `${row.key} of ${place.replaceAll('`', '')}`,
      supported: row.state !== 'unsupported',
      says: row.says,
    })),
  ...UNSAID.flatMap(({ what, says, isMet }) =>
    intent !== undefined && isMet(intent) ? [{ lines: [], what, supported: true, says }] : [],
  ),
]

/** Whether a key that is used has a value that makes the difference. */
const isMeant = (key: string, { nodes }: LabIntent): boolean =>
  key !== 'network-mode' || nodes.some(({ networkMode }) => networkMode !== undefined && networkMode !== 'none')

interface Unsaid {
  readonly what: string
  readonly says: string
  isMet(intent: LabIntent): boolean
}

const UNSAID: readonly Unsaid[] = [
  {
    what: 'privileged containers',
    says: 'nodes get the capabilities a network node needs, not all; `privileged: true` asks for all',
    isMet: ({ nodes }) =>
      nodes.some(
        ({ kind, privileged, software }) =>
          kind === 'linux' && privileged === undefined && software?.kind === undefined,
      ),
  },
  {
    what: 'kinds of vendors',
    says: 'no certificates, SSH keys or addresses of links are put into nodes, and machines of vrnetlab cannot be saved: docs/kinds.md',
    isMet: ({ nodes }) => nodes.some(({ software }) => software?.kind !== undefined),
  },
  {
    what: 'restarts',
    says: 'a node that ends is started again with all its links, and `exec` runs again',
    isMet: ({ nodes }) => nodes.some(({ kind }) => kind === 'linux'),
  },
  {
    what: 'bridges',
    says: 'a bridge need not be there before: it is one network over all hosts of the lab',
    isMet: ({ nodes }) => nodes.some(({ kind }) => kind === 'bridge'),
  },
  {
    what: 'ends on a host',
    says: 'a host end, a macvlan and a container of somebody else are on the host that took the lab, unless `host` says another; the other end may be on any',
    isMet: ({ anchors = [], segments }) =>
      anchors.some(({ type }) => type !== 'vxlan') || segments.some(({ device }) => device?.type === 'macvlan'),
  },
  {
    what: 'frame sizes',
    says: '9500 where the file says nothing, as in containerlab; between hosts larger packets go in pieces, `skein lab links` shows from which size on',
    isMet: ({ links }) => links.some(({ mtuBytes }) => mtuBytes === undefined),
  },
]
