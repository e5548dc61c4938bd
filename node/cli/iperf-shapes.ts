import type { ExerciseAsk, TaskRole, TaskState, TestParams, TestResult, Verdict } from '#core/model/iperf.ts'

/**
 * What the API answers about measuring, as far as the command line shows it; `--json` prints the whole answer.
 * A test holds these to the agent's own types.
 */
export interface PlanShape {
  readonly tests: readonly { readonly source: string; readonly destination: string; readonly round: number }[]
  readonly rounds: number
  readonly estimatedS: number
  readonly estimatedBytes: number | null
  readonly notes: readonly string[]
}

export interface ExerciseRow {
  readonly id: number
  readonly name: string
  readonly state: string
  readonly by: string
  readonly schedule?: string
  readonly createdAtMs: number
  readonly rounds: number
  readonly round: number
  readonly tests: number
  readonly states: Readonly<Record<TaskState, number>>
  readonly estimatedS: number
  readonly verdict: Verdict | null
}

export interface TestShape {
  readonly id: number
  readonly source: string
  readonly destination: string
  readonly round: number
  readonly params: TestParams
  readonly state: TaskState
  readonly client: { readonly host: string }
  readonly server: { readonly host: string }
  readonly error?: string
  readonly result?: TestResult
}

export interface ExerciseShape extends ExerciseRow {
  readonly params: TestParams
  readonly ends: readonly string[]
  readonly all: readonly TestShape[]
}

export interface LiveShape {
  readonly test: number
  readonly source: string
  readonly destination: string
  readonly intervals: readonly { readonly atS: number; readonly bps: number }[]
}

export interface CellShape {
  readonly source: string
  readonly destination: string
  readonly state: TaskState
  readonly receivedBps?: number
  readonly verdict?: Verdict
  readonly ratio?: number
}

export interface MatrixShape {
  readonly ends: readonly string[]
  readonly cells: readonly CellShape[]
}

export interface TaskRow {
  readonly id: number
  readonly exercise: number
  readonly test: number
  readonly role: TaskRole
  readonly state: TaskState
  readonly end: string
  readonly host: string
  readonly port?: number
  readonly startedAtMs?: number
  readonly endedAtMs?: number
  readonly error?: string
}

export interface TestReservationRow {
  readonly owner: string
  readonly type: string
  readonly of: string
  readonly port?: number
  readonly sinceMs: number
  readonly untilMs: number
}

export interface ScheduleRow {
  readonly name: string
  readonly cron: string
  readonly ask: ExerciseAsk
  readonly nextMs: number | null
  readonly last: number | null
}

export interface AttachedRow {
  readonly id: number
  readonly name: string
  readonly state: string
  readonly home: string | null
  readonly address?: string
  readonly iperfVersion?: string
  readonly heardAtMs: number | null
}
