import { MeshError } from '#core/model/errors.ts'
import { type TaskRole, type TestParams, taskId } from '#core/model/iperf.ts'
import type { Clock } from '#platform/clock.ts'
import type { AttachedOutcome, ClaimedTask } from '../port-iperf.ts'

/** A run that an attached machine is to carry out. */
export interface AttachedWish {
  readonly machine: string
  readonly role: TaskRole
  readonly exercise: number
  readonly test: number
  readonly params: TestParams
  readonly port: number
  /** Of the server. */
  readonly address?: string
  readonly limitMs: number
}

/** How a run ended: as the machine told, or why nothing more is expected of it. */
export type AttachedEnd =
  | { readonly type: 'told'; readonly outcome: AttachedOutcome }
  | { readonly type: 'lost'; readonly error: MeshError }
  /** Nobody here wants it any more. */
  | { readonly type: 'dropped' }

/** Neither promise rejects. */
export interface AttachedRun {
  /** Whether it was started before it ended. */
  readonly started: Promise<boolean>
  readonly ended: Promise<AttachedEnd>
  /** Over at once. */
  drop(): void
  /** Over once the machine told, which it may soon; at the latest after {@link LEAVE_MS}. */
  leave(): void
}

export interface AttachedTasksOptions {
  readonly clock: Clock
  /** Why a machine can do nothing; undefined where it can. */
  whyNot(machine: string): string | undefined
  /** Why nothing more will be heard of a machine here, whatever it does. */
  whyGone(machine: string): string | undefined
}

interface Entry extends AttachedWish {
  readonly id: number
  phase: 'queued' | 'claimed' | 'started'
  /** When it came; of one that was started, when that was. */
  sinceMs: number
  readonly start: (isStarted: boolean) => void
  readonly end: (end: AttachedEnd) => void
}

/** Machines look for tasks every few seconds, and start them at once. */
const START_MS = 30_000
/** A server whose client is done is gone, and told of, by then. */
const LEAVE_MS = 3_000
/** Ended ones that are remembered; the oldest go first. */
const MAX_PAST = 1_000

/** What this host has for the machines that are attached to it: in memory alone, so after a restart there is nothing. */
export class AttachedTasks {
  readonly #options: AttachedTasksOptions
  readonly #entries = new Map<number, Entry>()
  /** Whose those were that ended last. */
  readonly #past = new Map<number, string>()

  constructor(options: AttachedTasksOptions) {
    this.#options = options
  }

  /** A run for a machine; a former one of the same task is over. */
  add(wish: AttachedWish): AttachedRun {
    const id = taskId(wish.test, wish.role)
    const former = this.#entries.get(id)
    if (former !== undefined) this.#end(former, { type: 'dropped' })
    const started = Promise.withResolvers<boolean>()
    const ended = Promise.withResolvers<AttachedEnd>()
    const entry: Entry = {
      ...wish,
      id,
      phase: 'queued',
      sinceMs: this.#nowMs(),
      start: started.resolve,
      end: ended.resolve,
    }
    this.#entries.set(id, entry)
    return {
      started: started.promise,
      ended: ended.promise,
      drop: () => this.#end(entry, { type: 'dropped' }),
      // By a timer of its own: the agent may be about to stop, and look no more.
      leave: () => void setTimeout(() => this.#end(entry, { type: 'dropped' }), LEAVE_MS).unref(),
    }
  }

  /** Whether it carries out one now: it may be too busy to be heard. */
  isBusy(machine: string): boolean {
    return this.#of(machine).some(({ phase }) => phase === 'started')
  }

  /** The one it was given and did not start, else servers before clients, as they came. */
  claim(machine: string): ClaimedTask | undefined {
    const open = this.#of(machine).filter(({ phase }) => phase !== 'started')
    const entry = open.find(({ phase }) => phase === 'claimed') ?? open.find(({ role }) => role === 'server') ?? open[0]
    if (entry === undefined) return undefined
    entry.phase = 'claimed'
    const { id, exercise, test, role, params, port, address, limitMs } = entry
    return {
      id,
      exercise,
      test,
      role,
      // Samples are tasks of their own, one after the other.
      params: { ...params, samples: 1 },
      port,
      ...(address === undefined ? {} : { address }),
      limitS: Math.ceil(limitMs / 1_000),
    }
  }

  /** Whether this host waits for something of that task of the machine. */
  has(machine: string, id: number): boolean {
    return this.#entries.get(id)?.machine === machine
  }

  /** Whether that task of the machine is, or was, among them. */
  knew(machine: string, id: number): boolean {
    return this.has(machine, id) || this.#past.get(id) === machine
  }

  /** The machine began; again is as well. TEST_STATE where it was not claimed. */
  started(id: number): void {
    const entry = this.#claimed(id)
    if (entry.phase === 'started') return
    entry.phase = 'started'
    entry.sinceMs = this.#nowMs()
    entry.start(true)
  }

  /** The machine ended it. TEST_STATE where it was not claimed. */
  told(id: number, outcome: AttachedOutcome): void {
    const entry = this.#claimed(id)
    // Of two answers on their way the second may come first.
    if (outcome.state === 'succeeded') entry.start(true)
    this.#end(entry, { type: 'told', outcome })
  }

  /** Each second or so: ends what waited too long. */
  look(): void {
    for (const entry of [...this.#entries.values()]) {
      const error = this.#lost(entry)
      if (error !== undefined) this.#end(entry, { type: 'lost', error })
    }
  }

  #lost({ phase, machine, sinceMs, limitMs }: Entry): MeshError | undefined {
    const forMs = this.#nowMs() - sinceMs
    const whyGone = this.#options.whyGone(machine)
    if (whyGone !== undefined) return new MeshError('UNREACHABLE', whyGone)
    if (phase === 'started') {
      if (forMs < limitMs) return undefined
      return new MeshError('TIMEOUT', `${machine} did not end its task within ${Math.ceil(limitMs / 1_000)} s`)
    }
    const whyNot = this.#options.whyNot(machine)
    if (whyNot !== undefined) return new MeshError('UNREACHABLE', whyNot)
    if (forMs < START_MS) return undefined
    const what = phase === 'queued' ? 'did not ask for its task' : 'took its task and did not start it'
    return new MeshError('UNREACHABLE', `${machine} ${what} within ${START_MS / 1_000} s`)
  }

  #claimed(id: number): Entry {
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.phase === 'queued')
      throw new MeshError('TEST_STATE', `task ${id} was not claimed`, { id })
    return entry
  }

  #end(entry: Entry, end: AttachedEnd): void {
    if (this.#entries.get(entry.id) === entry) this.#entries.delete(entry.id)
    this.#past.delete(entry.id)
    this.#past.set(entry.id, entry.machine)
    const [oldest] = this.#past.keys()
    if (this.#past.size > MAX_PAST && oldest !== undefined) this.#past.delete(oldest)
    entry.start(false)
    entry.end(end)
  }

  #of(machine: string): readonly Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.machine === machine)
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }
}
