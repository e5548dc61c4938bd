import type { NodeName } from './ids.ts'

/** A volume of the engine; without a name it is one of its own, gone with the container. */
export interface Volume {
  readonly name?: string
  readonly target: string
  readonly readOnly?: boolean
  /** True where what the image has at `target` is not copied into an empty volume. */
  readonly noCopy?: boolean
}

/** A device of the host. `permissions`: of `r`, `w`, `m`. */
export interface Device {
  readonly source: string
  readonly target: string
  readonly permissions: string
}

export interface Dns {
  readonly servers: readonly string[]
  readonly search: readonly string[]
  readonly options: readonly string[]
}

/** As the engine has it; what is absent is the engine's default. */
export interface Healthcheck {
  /** `CMD` or `CMD-SHELL` and the words behind it, or `NONE`. */
  readonly test: readonly string[]
  readonly intervalMs?: number
  readonly timeoutMs?: number
  readonly startPeriodMs?: number
  /** So many failures in a row make it unhealthy. */
  readonly retries?: number
}

/** What a node goes through, in this order; one may be waited for by its name. */
export const STAGES = ['create', 'create-links', 'configure', 'healthy', 'exit'] as const
export type StageName = (typeof STAGES)[number]

export interface Stage {
  /** Stages of other nodes that must be over before this one begins. */
  readonly waitFor: readonly { readonly node: NodeName; readonly stage: StageName }[]
  readonly exec: readonly StageExec[]
}

/** A command as argv, at the beginning or at the end of a stage, in the node or on the host that runs it. */
export interface StageExec {
  readonly argv: readonly string[]
  readonly phase: 'on-enter' | 'on-exit'
  readonly target: 'container' | 'host'
}

export type Stages = Readonly<Partial<Record<StageName, Stage>>>
