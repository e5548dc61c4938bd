/** What somebody began to write of a lab, kept in the mesh before it is asked for. */
export interface DraftView {
  readonly lab: string
  /** YAML; null where nothing was written yet. */
  readonly topology: string | null
  /** Milliseconds since 1970, by the clock of the host that took it. */
  readonly atMs: number
  /** Name of that host. */
  readonly host: string
}

/** Drafts of labs, the same on every host. */
export interface DraftsPort {
  /** By name of the lab. */
  list(): readonly DraftView[]
  /** Undefined where there is none. */
  find(lab: string): DraftView | undefined
  /** Keeps it, in the place of a former one. BAD_INPUT where it is too large. */
  write(lab: string, topology: string | null): Promise<DraftView>
  /** NOT_FOUND where there is none. */
  remove(lab: string): Promise<void>
}
