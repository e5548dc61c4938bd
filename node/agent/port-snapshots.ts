/** Which nodes of a lab, and the name of a snapshot of them. */
export interface SnapshotWish {
  /** All unless told. */
  readonly nodes?: readonly string[]
  readonly name: string
}

/** One node, as it was kept. */
export interface LabSnapshot {
  readonly name: string
  readonly node: string
  /** Name of the host that has it. */
  readonly host: string
  /** By that host's clock. */
  readonly createdMs: number
  /** On disk; null where that is not told. */
  readonly sizeBytes: number | null
}

/** What came of it, node by node. */
export interface SnapshotOutcome {
  readonly lab: string
  readonly name: string
  readonly nodes: readonly {
    readonly node: string
    readonly host: string
    readonly ok: boolean
    /** Why it failed; null where it did not. */
    readonly message: string | null
  }[]
}
