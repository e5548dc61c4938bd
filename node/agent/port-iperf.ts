import type { MatrixCell } from '#core/iperf/matrix.ts'
import type { ExerciseAsk, Interval, TaskRole, TaskState, TestParams, TestResult, Verdict } from '#core/model/iperf.ts'

export type { ExerciseAsk, MatrixCell }

interface PlannedTest {
  readonly source: string
  readonly destination: string
  /** From 0. */
  readonly round: number
}

/** What an exercise would be. */
export interface ExercisePlan {
  readonly tests: readonly PlannedTest[]
  readonly rounds: number
  /** Seconds from its start to its end, where nobody else measures. */
  readonly estimatedS: number
  /** At most, of all tests; null where no bitrate limits it. */
  readonly estimatedBytes: number | null
  /** What will not be measured and why, and the like. */
  readonly notes: readonly string[]
}

type ExerciseState = 'created' | 'running' | 'stopping' | 'ended'

export interface ExerciseSummary {
  readonly id: number
  readonly name: string
  readonly state: ExerciseState
  readonly by: string
  readonly schedule?: string
  readonly createdAtMs: number
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  readonly rounds: number
  /** The least one of which a test has not ended, from 0; `rounds` where all have. */
  readonly round: number
  readonly tests: number
  /** How many tests are in each state; a test has that of its client. */
  readonly states: Readonly<Record<TaskState, number>>
  readonly estimatedS: number
  /** Worst of its results. */
  readonly verdict: Verdict | null
}

export interface TaskView {
  readonly id: number
  readonly exercise: number
  readonly test: number
  readonly role: TaskRole
  readonly state: TaskState
  /** The end it is of. */
  readonly end: string
  readonly host: string
  readonly port?: number
  readonly acceptedAtMs?: number
  readonly startedAtMs?: number
  readonly endedAtMs?: number
  readonly error?: string
}

export interface TestView {
  readonly id: number
  readonly exercise: number
  readonly source: string
  readonly destination: string
  readonly round: number
  readonly params: TestParams
  readonly state: TaskState
  readonly server: TaskView
  readonly client: TaskView
  readonly error?: string
  readonly result?: TestResult
}

export interface ExerciseView extends ExerciseSummary {
  readonly params: TestParams
  readonly ends: readonly string[]
  readonly all: readonly TestView[]
}

/** A test that runs: what its server received so far, second by second (what it sent where it alone sends), of the sample under way. */
export interface LiveTest {
  readonly test: number
  readonly source: string
  readonly destination: string
  readonly intervals: readonly Interval[]
}

export interface MatrixView {
  readonly ends: readonly string[]
  readonly cells: readonly MatrixCell[]
}

/** What a test holds: NICs and the port of its server. */
export interface TestReservation {
  /** `test/<number>`. */
  readonly owner: string
  readonly test: number
  /** `nic`, or `port`. */
  readonly type: 'nic' | 'port'
  /** Name of the host or the attached machine. */
  readonly of: string
  readonly port?: number
  readonly sinceMs: number
  readonly untilMs: number
}

export interface ScheduleView {
  readonly name: string
  readonly cron: string
  readonly ask: ExerciseAsk
  readonly by: string
  readonly createdAtMs: number
  /** When it begins next, by the clock of the host asked; null where never. */
  readonly nextMs: number | null
  /** The newest exercise of it. */
  readonly last: number | null
}

export interface AttachedView {
  readonly id: number
  readonly name: string
  readonly state: 'created' | 'online' | 'offline'
  readonly home: string | null
  readonly address?: string
  readonly iperfVersion?: string
  readonly createdAtMs: number
  readonly heardAtMs: number | null
}

/** A task as an attached machine gets it. */
export interface ClaimedTask {
  readonly id: number
  readonly exercise: number
  readonly test: number
  readonly role: TaskRole
  readonly params: TestParams
  /** Where the server listens. */
  readonly port: number
  /** Of the server; absent for who is the server. */
  readonly address?: string
  /** Seconds after which it is over for the mesh. */
  readonly limitS: number
}

/** How an attached machine proves who it is. */
export interface AttachedProof {
  readonly name: string
  readonly key: string
}

export interface AttachedOutcome {
  readonly state: 'succeeded' | 'failed' | 'canceled'
  readonly error?: string
  /** What `iperf3 -J` printed, parsed; of a client that succeeded. */
  readonly output?: unknown
}

/** Machines that cannot run an agent: they ask any host for their tasks. */
export interface AttachedPort {
  /** `key`: chosen by who asks, else made; told this once. ATTACHED_EXISTS where there is one of that name. */
  create(ask: { readonly name: string; readonly key?: string }): Promise<AttachedView & { readonly key: string }>
  list(): readonly AttachedView[]
  /** NOT_FOUND. */
  get(id: number): AttachedView
  remove(id: number): Promise<void>
  /** All of these: ATTACHED_KEY_WRONG for a wrong key, NOT_FOUND where there is none of that name (any more). */
  register(
    proof: AttachedProof,
    facts: { readonly address?: string; readonly iperfVersion?: string },
  ): Promise<AttachedView>
  heartbeat(proof: AttachedProof): Promise<AttachedView>
  /** The next task of the machine, or null; the same one until it is started or over. */
  claim(proof: AttachedProof): Promise<ClaimedTask | null>
  /** NOT_FOUND for a task that is not its own, TEST_STATE for one that is over or was not claimed. */
  started(proof: AttachedProof, task: number): Promise<TaskView>
  result(proof: AttachedProof, task: number, outcome: AttachedOutcome): Promise<TaskView>
}

/** Measuring. Rejections are `MeshError`. */
export interface IperfPort {
  /** BAD_INPUT tells all mistakes at once; NOT_FOUND for ends nobody knows. */
  plan(ask: ExerciseAsk): Promise<ExercisePlan>
  /** As `plan`; NO_QUORUM without a majority. `start` is false: it waits for `start` to be called. */
  create(ask: ExerciseAsk & { readonly start: boolean }): Promise<ExerciseView>
  /** One more test of an exercise that was not started. NOT_FOUND, TEST_STATE. */
  addTest(
    exercise: number,
    test: { readonly source: string; readonly destination: string; readonly params?: Partial<TestParams> },
  ): Promise<TestView>
  /** NOT_FOUND; TEST_STATE for one that has no test or has ended; nothing for one that runs. */
  start(exercise: number): Promise<ExerciseView>
  /** Keeps what was measured so far. NOT_FOUND; nothing for one that has ended. */
  stop(exercise: number): Promise<ExerciseView>
  /** Forgets it and what came of it. NOT_FOUND; TEST_STATE while it runs. */
  remove(exercise: number): Promise<void>
  /** Newest first. */
  list(): readonly ExerciseSummary[]
  /** NOT_FOUND. */
  exercise(id: number): ExerciseView
  /** What goes through now, of tests that run and whose server's host answers; none of attached machines. NOT_FOUND. */
  live(exercise: number): Promise<readonly LiveTest[]>
  tasks(filter: { readonly exercise?: number; readonly state?: TaskState }): readonly TaskView[]
  /** NOT_FOUND. */
  task(id: number): TaskView
  /** Ends both tasks of its test. NOT_FOUND, TEST_STATE for one that has ended. */
  cancelTask(id: number): Promise<TaskView>
  /** What iperf3 printed for each sample, from the host that ran the client. NOT_FOUND, UNREACHABLE. */
  raw(test: number): Promise<readonly unknown[]>
  /** The newest result of each pair, of one exercise or of all. NOT_FOUND. */
  matrix(exercise?: number): MatrixView
  /** What tests hold now, from the log. */
  reservations(): Promise<readonly TestReservation[]>
  schedules(): readonly ScheduleView[]
  /** Makes a schedule, or changes it. BAD_INPUT for a cron line that is none, and as `plan`. */
  setSchedule(ask: ExerciseAsk & { readonly name: string; readonly cron: string }): Promise<ScheduleView>
  removeSchedule(name: string): Promise<void>
  readonly attached: AttachedPort
}
