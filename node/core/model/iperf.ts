import type { HostId } from './ids.ts'

/** One end of a test. */
export type TestEnd =
  | { readonly type: 'host'; readonly name: string }
  /** A lab node; `interface`: whose address is measured, the best one unless told. */
  | { readonly type: 'node'; readonly lab: string; readonly node: string; readonly interface?: string }
  /** A machine that cannot run an agent and asks for its tasks over the API of any host. */
  | { readonly type: 'attached'; readonly name: string }

/** An end, and the host that carries out its tasks: itself, the one its node is placed on, or the one it registered at. */
export type PlacedEnd = TestEnd & { readonly host: HostId }

/** How a test measures. */
export interface TestParams {
  readonly protocol: 'tcp' | 'udp'
  /** Seconds of one sample. */
  readonly timeS: number
  /** Streams at once. */
  readonly parallel: number
  /** The destination sends. */
  readonly isReverse: boolean
  /** Both send at once. */
  readonly isBidir: boolean
  /** What a sender aims at, bits a second; as much as there is where absent (UDP: 1 Mbit/s, as iperf3 does). */
  readonly bitrateBps?: number
  /** How often it is measured; the result is the median. */
  readonly samples: number
  /** Through WireGuard, or between the addresses hosts reach each other by. Lab nodes have their own. */
  readonly way: 'overlay' | 'underlay'
  /** `exclusive`: no other test uses a NIC of its ends. `background`: so little that it may overlap (ping, or UDP at a low rate). */
  readonly class: 'exclusive' | 'background'
  /** `ping`: round trips alone, no iperf3. */
  readonly tool: 'iperf3' | 'ping'
}

/** Tests, and tasks, have numbers that no other one of the mesh has. */
export interface TestSpec {
  readonly id: number
  /** Places in {@link ExerciseBody.ends}. */
  readonly from: number
  readonly to: number
  /** From 0; tests of one round share no NIC. */
  readonly round: number
  /** What differs from those of the exercise. */
  readonly params?: Partial<TestParams>
}

/** Body of an `exercise` record, key: its number. Any host may write; the higher version wins. */
export interface ExerciseBody {
  readonly id: number
  readonly name: string
  /** The host that took the request. */
  readonly by: HostId
  /** Wall clock of the host that wrote it, for people alone: it decides nothing. As all times here. */
  readonly createdAtMs: number
  readonly params: TestParams
  readonly ends: readonly PlacedEnd[]
  readonly tests: readonly TestSpec[]
  /** Name of the schedule it came from. */
  readonly schedule?: string
  readonly startedAtMs: number | null
  /** Somebody wants no more of it. */
  readonly stoppedAtMs: number | null
  /** Nothing of it goes on: tasks that had not come to an end by then have none of their own, see `endOf` in `core/iperf`. */
  readonly endedAtMs: number | null
  /** Its hosts that were down when it ended: what became of their tests does not change when they are back. */
  readonly down?: readonly HostId[]
  /** Tasks that somebody canceled. */
  readonly canceled: readonly number[]
  /** Nobody wants to know of it any more. */
  readonly isRemoved?: true
}

/** What is to be measured. Ends are spelled as {@link showEnd} does. */
export interface ExerciseAsk {
  readonly name?: string
  /** `mesh`: each of `ends` to each other one, in both directions. `pairs`: those named. */
  readonly shape: 'mesh' | 'pairs'
  /** All hosts of the mesh where it is empty. */
  readonly ends?: readonly string[]
  readonly pairs?: readonly (readonly [source: string, destination: string])[]
  /** The usual ones where absent. */
  readonly params?: Partial<TestParams>
}

/** The orchestrator's words. */
export type TaskState = 'pending' | 'accepted' | 'running' | 'succeeded' | 'failed' | 'timed_out' | 'canceled'
export type TaskRole = 'server' | 'client'

/** Body of a `tasks` record, key: `<host>/<exercise>`, whose only writer is that host. */
export interface TasksBody {
  readonly exercise: number
  readonly tasks: readonly TaskEntry[]
}

/** What a host tells of its part of a test. */
export interface TaskEntry {
  readonly id: number
  readonly test: number
  readonly role: TaskRole
  readonly state: TaskState
  readonly acceptedAtMs?: number
  readonly startedAtMs?: number
  readonly endedAtMs?: number
  readonly port?: number
  /** Why it came to no good end. */
  readonly error?: string
  /** Of the client alone. Also of one that was stopped, as far as it came. */
  readonly result?: TestResult
}

/** One direction, as who received it counted. */
export interface Flow {
  readonly receivedBps: number
  readonly sentBps: number
  /** TCP. */
  readonly retransmits?: number
  /** UDP. */
  readonly jitterMs?: number
  readonly lossRatio?: number
}

/** Over a second, or a longer last one. */
export interface Interval {
  /** Seconds since the test began. */
  readonly atS: number
  readonly bps: number
  readonly retransmits?: number
}

export interface Rtt {
  readonly minMs: number
  readonly meanMs: number
  readonly maxMs: number
}

/** What a test came to: the median of its samples, and the one sample that is next to it. */
export interface TestResult extends Flow {
  /** Bidirectional: what the destination sent. */
  readonly back?: Flow
  /** As TCP saw it. */
  readonly rtt?: Rtt
  /** Round trips by ping before it, and while it ran; `loss` of those sent under load, 0 to 1. */
  readonly idle?: Rtt
  readonly loaded?: Rtt & { readonly lossRatio: number }
  /** A processor of one end was full: it says what the machine can, not the way. */
  readonly isCpuBound: boolean
  readonly intervals: readonly Interval[]
  /** Received rates of all samples, where there are several. */
  readonly samplesBps?: readonly number[]
  /** Half of the 95 % interval of the median, bits a second; from three samples on. */
  readonly confidenceBps?: number
  /** How it compares with what the pair did before with the same parameters; absent where too little is known. */
  readonly baseline?: { readonly bps: number; readonly ratio: number; readonly verdict: Verdict }
  /** Samples that were measured once more since they looked bad. */
  readonly retests: number
  /** It was stopped before its time. */
  readonly isPartial?: true
}

/** Below 80 % of the baseline, below 60 %. */
export type Verdict = 'good' | 'warn' | 'bad'

/** Body of a `schedule` record, key: its name. */
export interface ScheduleBody {
  readonly name: string
  /** As crontab(5), in UTC. */
  readonly cron: string
  readonly ask: ScheduleAsk
  readonly by: HostId
  readonly createdAtMs: number
  readonly isRemoved?: true
}

/** What is measured again and again; ends as people spell them, read when it begins. */
interface ScheduleAsk {
  readonly shape: 'mesh' | 'pairs'
  readonly ends: readonly string[]
  readonly pairs: readonly (readonly [source: string, destination: string])[]
  readonly params: TestParams
}

/** Body of an `attached` record, key: the name of the machine. */
export interface AttachedBody {
  readonly id: number
  readonly name: string
  /** SHA-256 of its key, hex. */
  readonly keySha256: string
  readonly createdAtMs: number
  /** The host that speaks with it; null before it registered. */
  readonly home: HostId | null
  /** As its home last told, at changes and now and then. */
  readonly isOnline: boolean
  readonly heardAtMs: number | null
  /** Where servers on it are reached; told when it registers, else where it came from. */
  readonly address?: string
  readonly iperfVersion?: string
  readonly isRemoved?: true
}

/** How long exercises, and what came of them, are kept: 90 days. */
export const EXERCISE_KEPT_MS = 90 * 24 * 3600 * 1000
/** Exercises kept; the oldest that ended go first. */
export const MAX_EXERCISES = 500
/** Tests kept, of all exercises: every host holds them in memory, with their results. */
export const MAX_KEPT_TESTS = 50_000
/** Tests of one exercise: those of a full mesh of 100 ends. */
export const MAX_TESTS = 10_000
/** What comes to a test's time beside its samples: the start of both ends, and their end. */
export const TEST_GRACE_MS = 10_000

export const DEFAULT_PARAMS: TestParams = {
  protocol: 'tcp',
  timeS: 10,
  parallel: 1,
  isReverse: false,
  isBidir: false,
  samples: 1,
  way: 'overlay',
  class: 'exclusive',
  tool: 'iperf3',
}

/** Numbers of the tasks of a test, and back. */
export const taskId = (test: number, role: TaskRole): number => test * 2 + (role === 'client' ? 1 : 0)
export const testOfTask = (task: number): { readonly test: number; readonly role: TaskRole } => ({
  test: Math.floor(task / 2),
  role: task % 2 === 1 ? 'client' : 'server',
})

/** As people spell it: `a`, `lab/node`, `lab/node:eth1`. */
export const showEnd = (end: TestEnd): string =>
  end.type === 'node' ? `${end.lab}/${end.node}${end.interface === undefined ? '' : `:${end.interface}`}` : end.name

/** What of an end only one exclusive test may use at a time: the NIC of its host, or the machine. */
export const nicOf = (end: PlacedEnd): string => (end.type === 'attached' ? `attached/${end.name}` : `host/${end.host}`)

export const isTerminal = (state: TaskState): boolean =>
  state === 'succeeded' || state === 'failed' || state === 'timed_out' || state === 'canceled'
