/** A process that runs for a while, as argv: never a shell line. */
export interface JobCommand {
  readonly file: string
  readonly args: readonly string[]
  /** It is ended after this long, also when this program has stalled. */
  readonly limitMs: number
  /** Goes into its environment, so that leftovers can be told: see `marked.ts`. */
  readonly mark: Readonly<Record<string, string>>
  /** What makes it stop and print what it has; SIGTERM unless told. */
  readonly interruptBy?: 'SIGTERM' | 'SIGINT'
}

/** How it ended. `limit`: by its own timer; `killed`: by {@link Job.kill} or from outside; `missing`: there is no such tool. */
export interface JobEnd {
  readonly type: 'exited' | 'killed' | 'missing' | 'limit'
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A process under way. */
export interface Job {
  readonly pid: number | undefined
  /** Resolves once it is gone. Never rejects. */
  readonly ended: Promise<JobEnd>
  /** Resolves with true once a line of its output or complaints matches, with false when it ended or the time is over first. */
  said(pattern: RegExp, withinMs: number): Promise<boolean>
  /** Asks it to end; what does not within 2 s is killed. */
  interrupt(): void
  kill(): void
}

/** Starts a process that ends when this one does, in whatever way, and by its own timer. */
export type StartJob = (command: JobCommand) => Job

/** {@link StartJob} over setpriv(1) and timeout(1). */
export const createJobs = (): StartJob => () => {
  throw new Error('not yet')
}
