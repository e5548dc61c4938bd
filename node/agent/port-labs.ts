import type { LabIntent } from '#core/model/lab.ts'
import type { HostScore } from '#core/placement/constraints.ts'

export type { LabSummary } from '#core/view/summary.ts'
export type { LabView, LinkView, NodeView, Waiting } from '#core/view/types.ts'

/** What one host found and did of a lab, and of what all labs there stand on. */
export interface Reconciled {
  readonly done: readonly {
    readonly op: string
    /** For example `bridge port skn0123456789`. */
    readonly what: string
    readonly reason: string
    readonly ok: boolean
    /** Why it failed. */
    readonly message: string | null
    readonly ms: number
  }[]
  /** What is not as wanted all the same, and what went wrong with mending it. */
  readonly wrong: readonly { readonly what: string; readonly reason: string; readonly error: string | null }[]
}

export interface HostReconciled extends Reconciled {
  readonly host: string
  /** Why it could not be asked. */
  readonly unreachable?: string
}

export interface LabReconciled {
  readonly lab: string
  readonly hosts: readonly HostReconciled[]
}

/** What submitting a lab would do. */
export interface PlanView {
  readonly lab: string
  /** Generation of what runs now; null where nothing does. */
  readonly running: number | null
  readonly nodes: readonly {
    readonly name: string
    /** Where it goes; where it was, of one that is removed. */
    readonly host: string
    /** Why there. */
    readonly reason: string
    /** Of one that had a choice: what every host was worth to it, the chosen one first, then why others could not be. */
    readonly scores?: readonly HostScore[]
    readonly change: 'create' | 'keep' | 'change' | 'recreate' | 'move' | 'remove'
    /** Keys in which what is asked for differs, also where nothing comes of it. */
    readonly keys: readonly string[]
    /** Why it does not stay as it is, or what differs all the same. */
    readonly why: string
  }[]
  readonly links: readonly {
    readonly id: string
    readonly change: 'create' | 'keep' | 'change' | 'remove'
    readonly why: string
    readonly crossHost: boolean
    /** Names of the hosts it has ends on. */
    readonly hosts: readonly string[]
    readonly mtu: number
    /** What the way between its hosts carries whole. Absent on one host. */
    readonly pathMtu?: number
  }[]
  readonly files: readonly {
    readonly path: string
    readonly change: 'create' | 'keep' | 'change' | 'remove'
    readonly why: string
  }[]
  /** What is worth knowing of it before. */
  readonly notes?: readonly string[]
  /** Images that a host of the lab lacks and cannot get. Absent where nobody was asked. */
  readonly missing?: readonly MissingImage[]
  /** What each host of the lab would run. Absent where nobody was asked. */
  readonly commands?: readonly HostCommands[]
}

export interface MissingImage {
  readonly image: string
  readonly hosts: readonly string[]
  /** Hosts of the mesh that have it. */
  readonly on: readonly string[]
  /** Those that would run there. */
  readonly nodes?: readonly string[]
}

/** An image of a lab that runs, by the name its nodes give it. */
export interface LabImage {
  readonly lab: string
  readonly image: string
  /** The engine's id of the one the lab runs on all hosts; null where each host has what the name stands for there. */
  readonly id: string | null
  /** Hosts that have that one. */
  readonly hosts: readonly string[]
  /** Hosts where the name stands for another. */
  readonly others: readonly string[]
}

/** What one host would run for a lab, if each of them works; commands of one step run in order, steps of a round side by side. */
export interface HostCommands {
  readonly host: string
  readonly rounds: readonly (readonly StepCommands[])[]
  /** Why it could not be asked. */
  readonly unreachable?: string
}

export interface StepCommands {
  readonly ops: readonly { readonly op: string; readonly what: string; readonly reason: string }[]
  readonly commands: readonly CommandText[]
}

/** A process (`argv`, `stdin`) or a request to a daemon (`request`, `body`). What is not known yet is `<in brackets>`. */
export interface CommandText {
  readonly argv?: readonly string[]
  readonly stdin?: string
  readonly request?: string
  readonly body?: string
}

/** How many nodes, links and files a submission makes, changes, removes and leaves as they are. */
export interface ChangeCounts {
  readonly nodes: Readonly<Record<'create' | 'recreate' | 'move' | 'change' | 'remove' | 'keep', number>>
  readonly links: Readonly<Record<'create' | 'change' | 'remove' | 'keep', number>>
  readonly files: Readonly<Record<'create' | 'change' | 'remove' | 'keep', number>>
}

/** What came of a submission. */
export interface Submitted {
  readonly generation: number
  /** Null where nobody can say yet: the mesh has no majority. */
  readonly changes: ChangeCounts | null
  /** As of a {@link PlanView}. */
  readonly notes?: readonly string[]
}

/** What a plan is to tell besides what changes. */
export interface PlanAsk {
  /** The very commands each host would run. */
  readonly commands?: boolean
}

/** What a lab was made from, for its history. */
export interface Origin {
  /** As it was written. */
  readonly topology: string
  readonly fileName?: string
  /** What the person who submitted it calls it. */
  readonly name?: string
  readonly message?: string
}

/** One kept state of a lab. */
export interface RevisionView {
  /** The generation it was submitted as. */
  readonly revision: number
  /** Milliseconds since 1970, by the clock of the host that took it. */
  readonly atMs: number
  /** Name of that host. */
  readonly host: string
  readonly name?: string
  readonly message?: string
  readonly nodes: number
  readonly links: number
  readonly files: number
  /** Of the files, together. */
  readonly bytes: number
  /** Whether it is what the lab is to be now. */
  readonly isCurrent: boolean
}

export interface RevisionDetail extends RevisionView {
  readonly topology: string
  readonly fileName: string | null
  readonly intent: LabIntent
}

/** How one revision differs from another; no host is asked. */
export interface RevisionDiff {
  readonly lab: string
  readonly from: number
  readonly to: number
  readonly nodes: readonly DiffRow[]
  readonly links: readonly DiffRow[]
  readonly files: readonly DiffRow[]
}

interface DiffRow {
  readonly name: string
  readonly change: 'create' | 'change' | 'remove'
  readonly why: string
}

/** A node that was ended and started again, and the host it runs on, by name. */
export interface Restarted {
  readonly lab: string
  readonly node: string
  readonly host: string
}

/** How a command is run in a lab node. */
export interface ExecHow {
  /** What it reads; nothing where it is absent. 4 MiB at most. */
  readonly stdin?: Uint8Array
}

export interface ExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly host: string
}
