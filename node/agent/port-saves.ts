/** What was saved of nodes at one time. */
export interface SaveView {
  readonly save: number
  /** Milliseconds since 1970, by the clock of the host that took it. */
  readonly atMs: number
  /** Name of that host. */
  readonly host: string
  /** The revision of the lab at that time. */
  readonly revision: number
  readonly nodes: readonly { readonly node: string; readonly kind: string; readonly sizeBytes: number }[]
}

/** The saved configuration of a node. */
export interface SavedText {
  readonly lab: string
  readonly node: string
  readonly save: number
  readonly text: string
}

/** What came of saving, node by node; `save` is null where nothing was saved. */
export interface SaveOutcome {
  readonly lab: string
  readonly save: number | null
  readonly nodes: readonly {
    readonly node: string
    readonly host: string
    readonly ok: boolean
    /** Of the configuration; null where there is none. */
    readonly sizeBytes: number | null
    /** Why it failed; null where it did not. */
    readonly message: string | null
  }[]
  /** Nodes of which nobody knows how their configuration is read. */
  readonly skipped: readonly string[]
}
