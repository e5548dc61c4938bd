import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Provider, Workload } from '#core/model/resource.ts'

/** What was kept of one lab node. */
export interface NodeSnapshot {
  readonly node: NodeName
  readonly name: string
  /** By the clock of its host; 0 where that is not told. */
  readonly createdMs: number
  /** What it takes on disk; null where that is not told. */
  readonly sizeBytes: number | null
}

/** A lab node that was kept; it may not be here any more. */
interface SnapshotOwner {
  readonly lab: LabName
  readonly node: NodeName
  readonly workload: Workload | undefined
}

/** Keeps what is in lab nodes, and puts it back. Rejections are MeshError. */
export interface Snapshots {
  readonly provider: Provider
  /** Keeps the files of a node as they are now; it goes on running. */
  take(workload: Workload, name: string): Promise<void>
  /** Puts the files back as they were kept; the node is started with them. NOT_FOUND where there is no such snapshot. */
  restore(workload: Workload, name: string): Promise<void>
  /** Those of a lab on this host. `workloads`: its lab nodes that are here. */
  list(lab: LabName, workloads: readonly Workload[]): Promise<readonly NodeSnapshot[]>
  /** Nothing where it is gone already. */
  remove(of: SnapshotOwner, name: string): Promise<void>
  /** Removes those of labs that are gone; false where something still stands on one, so that it has to be tried again. */
  keepOnly(mayGo: (lab: LabName) => boolean): Promise<boolean>
}
