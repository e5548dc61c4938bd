import type { Op, Resource } from '#core/model/resource.ts'
import type { Command, Exec } from '#platform/exec.ts'

/** What a tool says of itself; a missing one says how to repair it. */
export type Probe =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly message: string; readonly hint: string }

/** Translates resources to and from one tool. Everything but `probe` and `observe` is pure. */
export interface Driver<R extends Resource = Resource> {
  readonly name: string
  owns(resource: Resource): resource is R
  /** Asks the tool for its version. Never rejects. */
  probe(exec: Exec): Promise<Probe>
  /** Reads back every resource that carries our mark, and nothing else. */
  observe(exec: Exec, seen: readonly Resource[]): Promise<readonly R[]>
  /**
   * The steps for these ops, batched: fewest processes for many ops. Steps run in parallel; commands of a step in order.
   * Running one twice is harmless.
   */
  steps(ops: readonly Op<R>[]): readonly Step[]
}

/** Commands run one after the other for these ops; when one fails, all of the step's ops failed. */
export interface Step {
  readonly ops: readonly Op[]
  readonly commands: readonly Command[]
}

/** An extra ability: says how to be told that what the driver observes may have changed. */
export interface Watch {
  /** Pure. Sources of one name are one and the same, whichever drivers name them. */
  sources(): readonly Source[]
}

/** Where to hear of changes on this host. */
export type Source =
  | {
      readonly type: 'stream'
      readonly name: string
      /** Runs for ever, a line for each event. */
      readonly command: Command
      /** Whether this line may be about something of ours; `seen` is what the last look at the host found. */
      tells(line: string, seen: readonly Resource[]): boolean
    }
  | {
      /** For a tool that tells nothing by itself. */
      readonly type: 'poll'
      readonly name: string
      readonly command: Command
      readonly everyMs: number
      /** What counts of its output: another text than the last time means a change. Throws where it is unreadable. */
      digest(output: string): string
    }

/** Whether a driver can say how to be told of changes. */
export const hasWatch = (driver: Driver): driver is Driver & Watch => 'sources' in driver
