import { ageText } from './duration.ts'
import type { SnapshotOutcome, SnapshotRow } from './lab-shapes.ts'
import { plain, table } from './output.ts'

const MIB_BYTES = 1_048_576

/** Snapshots of a lab. `nowMs` is the wall clock. */
export const snapshotsText = (rows: readonly SnapshotRow[], nowMs: number): string =>
  table(
    ['name', 'node', 'host', 'age', 'mib'],
    rows.map(({ name, node, host, createdMs, sizeBytes }) => [
      name,
      node,
      host,
      createdMs === 0 ? null : ageText(Math.max(0, nowMs - createdMs)),
      sizeBytes === null ? null : Math.ceil(sizeBytes / MIB_BYTES),
    ]),
  )

/** What came of each node; `done` is what is said of one that went well. */
export const outcomeText = ({ name, nodes }: SnapshotOutcome, done: string): string =>
  nodes
    .map(({ node, host, ok, message }) => `${node} on ${host}: ${ok ? `${name} ${done}` : `failed: ${message ?? ''}`}`)
    .map((line) => `${plain(line).replaceAll('\n', ' ')}\n`)
    .join('')
