import type { Impairment } from '#core/model/impairment.ts'

/** What the API answers of labs, as far as the command line shows it; see `shapes.ts`. */
export interface LabRow {
  readonly name: string
  readonly state: string
  readonly generation: number
  readonly nodes: { readonly running: number; readonly total: number }
  readonly links: { readonly up: number; readonly total: number }
  readonly hosts: readonly string[]
}

/** Of GET /v1/images. */
export interface LabImageRow {
  readonly lab: string
  readonly image: string
  readonly id: string | null
  readonly hosts: readonly string[]
  readonly others: readonly string[]
}

export interface LabNodeShape {
  readonly name: string
  readonly kind: string
  readonly host: string | null
  readonly state: string
  readonly image: string
  readonly error?: string
  readonly doing?: string
  readonly mgmt?: { readonly ipv4: string; readonly ipv6?: string }
  readonly ports?: readonly { readonly hostPort: number; readonly containerPort: number; readonly protocol: string }[]
}

export interface LinkEnd {
  readonly node: string
  readonly interface: string
  readonly host: string | null
  readonly mac: string | null
  readonly ipv4?: string
  readonly ipv6?: string
  readonly vlan: number | null
}

export interface InterfaceShape {
  readonly node: string
  readonly kind: string | null
  readonly interface: string
  readonly vendor: string | null
  readonly mac: string | null
  readonly host: string | null
  readonly bridge: string | null
  readonly port: string | null
  readonly vlan: number | null
  readonly link: string
  readonly state: string
}

export interface LinkShape {
  readonly id: string
  readonly state: string
  readonly endpoints: readonly LinkEnd[]
  readonly vni: number | null
  readonly mtu: number | null
  readonly pathMtu?: number
  /** By end: what is done, on purpose, with what it sends. */
  readonly impairments?: Readonly<Record<string, Impairment>>
  readonly error?: string
  readonly doing?: string
}

export interface ImpairedLinkShape {
  readonly lab: string
  readonly generation: number
  readonly link: string
  readonly impairments: Readonly<Record<string, Impairment>>
}

export interface LabShape {
  readonly name: string
  readonly state: string
  readonly generation: number
  readonly nodes: readonly LabNodeShape[]
  readonly links: readonly LinkShape[]
  readonly waiting?: {
    readonly code: string
    readonly message: string
    readonly details?: Readonly<Record<string, unknown>>
  }
  readonly notes: readonly string[]
}

export interface LabReconciled {
  readonly lab: string
  readonly hosts: readonly {
    readonly host: string
    readonly done: readonly {
      readonly op: string
      readonly what: string
      readonly reason: string
      readonly ok: boolean
      readonly message: string | null
      readonly ms: number
    }[]
    readonly wrong: readonly { readonly what: string; readonly reason: string; readonly error: string | null }[]
    readonly unreachable?: string
  }[]
}

export interface PlanShape {
  readonly lab: string
  readonly running: number | null
  readonly nodes: readonly {
    readonly name: string
    readonly host: string
    readonly reason: string
    readonly change: string
    readonly keys: readonly string[]
    readonly why: string
  }[]
  readonly links: readonly {
    readonly id: string
    readonly change: string
    readonly why: string
    readonly crossHost: boolean
    readonly hosts: readonly string[]
    readonly mtu: number
    readonly pathMtu?: number
  }[]
  readonly notes?: readonly string[]
  readonly files: readonly { readonly path: string; readonly change: string; readonly why: string }[]
  readonly missing?: readonly {
    readonly image: string
    readonly hosts: readonly string[]
    readonly on: readonly string[]
  }[]
  readonly commands?: readonly HostCommandsShape[]
}

export interface HostCommandsShape {
  readonly host: string
  readonly rounds: readonly (readonly {
    readonly ops: readonly { readonly op: string; readonly what: string; readonly reason: string }[]
    readonly commands: readonly CommandShape[]
  }[])[]
  readonly unreachable?: string
}

export interface CommandShape {
  readonly argv?: readonly string[]
  readonly stdin?: string
  readonly request?: string
  readonly body?: string
}

/** How many, by what becomes of them. */
export interface ChangeCountsShape {
  readonly nodes: Readonly<Record<string, number>>
  readonly links: Readonly<Record<string, number>>
  readonly files: Readonly<Record<string, number>>
}

export interface SubmittedShape {
  readonly lab: string
  readonly generation: number
  readonly changes: ChangeCountsShape | null
  readonly notes?: readonly string[]
}

export interface RevisionRow {
  readonly revision: number
  readonly atMs: number
  readonly host: string
  readonly name?: string
  readonly message?: string
  readonly nodes: number
  readonly links: number
  readonly files: number
  readonly bytes: number
  readonly isCurrent: boolean
}

export interface RevisionShape extends RevisionRow {
  readonly topology: string
  readonly fileName: string | null
}

export interface DiffShape {
  readonly lab: string
  readonly from: number
  readonly to: number
  readonly nodes: readonly DiffRow[]
  readonly links: readonly DiffRow[]
  readonly files: readonly DiffRow[]
}

interface DiffRow {
  readonly name: string
  readonly change: string
  readonly why: string
}

export interface ExportShape {
  readonly lab: string
  readonly revision: number
  readonly fileName: string | null
  readonly topology: string
}

export interface SnapshotRow {
  readonly name: string
  readonly node: string
  readonly host: string
  readonly createdMs: number
  readonly sizeBytes: number | null
}

export interface SnapshotOutcome {
  readonly lab: string
  readonly name: string
  readonly nodes: readonly {
    readonly node: string
    readonly host: string
    readonly ok: boolean
    readonly message: string | null
  }[]
}

export interface ExecOutcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly host: string
}

/** Of GET /v1/labs/:lab/saves. */
export interface SaveRow {
  readonly save: number
  readonly atMs: number
  readonly host: string
  readonly revision: number
  readonly nodes: readonly { readonly node: string; readonly kind: string; readonly sizeBytes: number }[]
}

/** Of GET /v1/labs/:lab/saves/:node. */
export interface SavedShape {
  readonly node: string
  readonly save: number
  readonly text: string
}

/** Of POST /v1/labs/:lab/saves. */
export interface SaveOutcome {
  readonly lab: string
  readonly save: number | null
  readonly nodes: readonly {
    readonly node: string
    readonly host: string
    readonly ok: boolean
    readonly sizeBytes: number | null
    readonly message: string | null
  }[]
  readonly skipped: readonly string[]
}
