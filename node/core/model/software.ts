/** What is known of the software inside a node, so that hosts need not know kinds: it travels with the lab. Optional fields are absent where there is nothing. */
export interface Software {
  /** The kind as the file writes it; absent of a `linux` node whose labels tell the rest. */
  readonly kind?: string
  /** Run once its links are there and before anything else, each start of the container. */
  readonly boot?: readonly BootCommand[]
  /** The image has a health check of its own; the node is ready when that passes. */
  readonly hasHealth?: true
  /** Where its configuration is put before the container starts for the first time. */
  readonly config?: ConfigPlace
  /** Where the node's license is put, with it. */
  readonly licensePath?: string
  /** Makes the software write its configuration down, where that is not where `get` looks anyway. */
  readonly save?: readonly string[]
  /** Prints the configuration, in a form that can be put back. */
  readonly get?: readonly string[]
  /** What a terminal in the node runs; its shell where it is absent, or not there. */
  readonly console?: readonly string[]
}

/** One command inside the container, as argv. */
export interface BootCommand {
  readonly argv: readonly string[]
  /** It is run again and again until it ends with 0 and prints this, at most for so long. */
  readonly until?: { readonly prints: string; readonly withinMs: number }
}

export interface ConfigPlace {
  /** Absolute, inside the container. */
  readonly path: string
  /** Where a text goes that is no JSON, of kinds whose own form is JSON. */
  readonly textPath?: string
  /** Permission bits, 0o644 unless told, and group. */
  readonly mode?: number
  readonly gid?: number
  /** The file of the topology counts even where the node's configuration was saved. */
  readonly isEnforced?: true
}

/** The kind of a node as its file writes it; empty where there is no node. */
export const writtenKind = (node: { readonly kind: string; readonly software?: Software } | undefined): string =>
  node?.software?.kind ?? node?.kind ?? ''

/** Where the files are kept on a host that a node starts with; `labFolder`: of the lab on that host. */
export const startArchive = (labFolder: string, node: string): string => `${labFolder}/start/${node}.tar`
