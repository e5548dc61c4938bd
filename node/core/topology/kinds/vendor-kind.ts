import type { BootCommand, ConfigPlace } from '../../model/software.ts'

/**
 * One kind of a vendor, as data: what its container is made from, when it is ready, and what becomes of its configuration. Words may hold
 * `{node}`, `{type}`, `{NAME}` for a variable of the node's environment, and `{setenv}` for all of them as systemd takes them.
 */
export interface VendorKind {
  /** Every name it goes by; the full one first. */
  readonly names: readonly string[]
  /** For people. */
  readonly what: string
  /** Where the file says nothing of it. */
  readonly type?: string
  readonly cmd?: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly user?: string
  /** Under what the file says. */
  readonly env?: Readonly<Record<string, string>>
  readonly sysctls?: Readonly<Record<string, string>>
  readonly tmpfs?: Readonly<Record<string, string>>
  /** `source:target:options`, of the host. */
  readonly binds?: readonly string[]
  /** A variable that lists the interfaces of the node: what stands for each, with `{name}` and `{vendor}`. */
  readonly interfaces?: { readonly variable: string; readonly each: string }
  readonly boot?: readonly BootCommand[]
  readonly hasHealth?: true
  readonly config?: Omit<ConfigPlace, 'isEnforced'>
  /** The configuration of a node whose file names none; a line with a value there is not is left out. */
  readonly fallback?: readonly string[]
  readonly licensePath?: string
  readonly save?: readonly string[]
  readonly get?: readonly string[]
  /** What a terminal in the node runs; its shell where it is absent. */
  readonly console?: readonly string[]
}
