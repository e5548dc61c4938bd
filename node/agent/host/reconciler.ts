import type { ResourceId } from '#core/model/ids.ts'
import { type Op, type Resource, subject } from '#core/model/resource.ts'
import { type Doing, type Troubles, troublesOf } from '#core/plan/cause.ts'
import { plan } from '#core/plan/plan.ts'
import { asTheirs } from '#core/plan/theirs.ts'
import type { Step } from '#drivers/driver.ts'
import type { Clock } from '#platform/clock.ts'
import { Backoff, causeOf } from './backoff.ts'
import { apart, type Follower, followersOf } from './followers.ts'
import { Eyes, type LookOptions, message, sortOf, unread } from './look.ts'
import { Pace } from './pace.ts'
import { Steps } from './steps.ts'

export interface ReconcilerOptions extends LookOptions {
  readonly clock: Clock
  readonly sweepMs: number
  /** Before each series of passes. */
  prepare(): Promise<void>
  /** Milliseconds until something may be done that may not yet; undefined where nothing waits for time alone. */
  nextMs(): number | undefined
  /** Everything this host must have, given what it has. */
  wanted(seen: readonly Resource[]): readonly Resource[]
  /** Whether an op may be done now: files not there yet, a start-up delay, a host that has just come. */
  may(op: Op): boolean
  onPass(pass: Pass): void
  /** Told once of each op, after the step it was part of. */
  onOp?(outcome: Outcome): void
}

/** What came of an op. */
export interface Outcome {
  readonly op: Op
  readonly ok: boolean
  /** Why it failed; null where it did not. */
  readonly message: string | null
  /** How long its step took, in milliseconds. */
  readonly ms: number
}

/** One look at the host, after which nothing more could be done at once. */
export interface Pass {
  readonly wanted: readonly Resource[]
  readonly seen: readonly Resource[]
  readonly failures: ReadonlyMap<ResourceId, string>
  /** What is not as wanted, and what is being done about it. */
  readonly troubles: Troubles
  /** Sorts of things whose tool did not answer, and what it said. */
  readonly unreadable?: ReadonlyMap<string, string>
  /** How long the look took, in milliseconds. */
  readonly ms?: number
}

/** What came of being asked to hurry. */
export interface Hurried {
  readonly done: readonly Outcome[]
  readonly pass: Pass
}

/** A pass that always finds something to do is a mistake of ours, not of the host: stop and wait for the sweep. */
const MAX_PASSES = 25

/** Between two looks at the host that nobody asked for, in milliseconds: at least. */
const SHORTEST_MS = 200

/** Makes the host match: observe, run the ops that are ready, observe again, until nothing is ready. */
export class Reconciler {
  readonly #options: ReconcilerOptions
  readonly #backoff = new Backoff()
  readonly #pace = new Pace()
  readonly #steps: Steps
  readonly #eyes: Eyes
  #last: Pass = { wanted: [], seen: [], failures: new Map(), troubles: new Map() }
  readonly #witnesses = new Set<(outcome: Outcome) => void>()
  #seen: readonly Resource[] = []
  #lookedMs = Number.NEGATIVE_INFINITY
  #asked = false
  /** When it was last decided which failed ones are due. */
  #judgedMs = 0
  /** The circumstances of each op of the last look. */
  #causes: ReadonlyMap<Op, string> = new Map()
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: ReconcilerOptions) {
    this.#options = options
    this.#steps = new Steps(options.clock)
    this.#eyes = new Eyes(options, () => this.trigger())
  }

  /** What the last look found. */
  get seen(): readonly Resource[] {
    return this.#seen
  }

  /** What the last look came to; empty before the first. */
  get last(): Pass {
    return this.#last
  }

  /** When the last look at the host began, by the monotonic clock: what happened before, it saw. */
  get lookedMs(): number {
    return this.#lookedMs
  }

  /** Asks for a look at the host; one that is under way is followed by another. */
  trigger(): void {
    if (this.#stopped) return
    this.#asked = true
    this.#running ??= this.#run()
    this.#steps.poke()
  }

  /**
   * Looks at the host now, and tries at once what had to wait because it failed or came undone, for resources that `isMeant`. Resolves
   * with what was done and what the last look found, when nothing more can be done at once or after `limitMs`.
   */
  async hurry(isMeant: (resource: Resource) => boolean, limitMs: number): Promise<Hurried> {
    const known = new Map([...this.#last.seen, ...this.#last.wanted].map((resource) => [resource.id, resource]))
    const isKnown = (id: ResourceId): boolean => {
      const resource = known.get(id)
      return resource !== undefined && isMeant(resource)
    }
    this.#backoff.forgive(isKnown)
    this.#pace.forgive(isKnown)
    const done: Outcome[] = []
    const witness = (outcome: Outcome): void => void (isMeant(subject(outcome.op)) && done.push(outcome))
    this.#witnesses.add(witness)
    this.trigger()
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs)
    })
    await Promise.race([this.#running, limit])
    clearTimeout(timer)
    this.#witnesses.delete(witness)
    return { done, pass: this.#last }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#steps.poke()
    await this.#running
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer)
    while (this.#asked && !this.#stopped) {
      this.#asked = false
      try {
        await this.#options.prepare()
        await this.#passes()
      } catch (error) {
        this.#options.log.error({ err: error }, 'a pass over this host failed')
      }
    }
    this.#running = undefined
    if (this.#stopped) return
    this.#timer = setTimeout(() => this.trigger(), this.#untilNextMs())
  }

  /** Milliseconds until something is due by time alone: what failed, what was done too often, what had to wait, the sweep. */
  #untilNextMs(): number {
    const { clock, sweepMs, nextMs } = this.#options
    const nowMs = clock.monotonicMs()
    const times = [this.#backoff.nextMs(this.#judgedMs), this.#pace.nextMs(this.#judgedMs)]
    const left = [...times.flatMap((ms) => (ms === undefined ? [] : [ms - nowMs])), nextMs() ?? sweepMs]
    return Math.min(sweepMs, Math.max(SHORTEST_MS, Math.min(...left)))
  }

  async #passes(): Promise<void> {
    for (let count = 0; count < MAX_PASSES && !this.#stopped; ) {
      const { due, followers } = await this.#pass()
      if (due.length > 0) count += 1
      const wasStale = this.#steps.isStale
      this.#start(due, followers)
      if (this.#steps.isIdle && !wasStale) return
      await this.#steps.wait(this.#untilNextMs())
    }
    while (!this.#steps.isIdle) await this.#steps.wait(this.#options.sweepMs)
  }

  #start(due: readonly Op[], followers: readonly Follower[]): void {
    const { awaited, others } = apart(this.#stepsFor(due), followers)
    const carryOut = (step: Step): Promise<void> => this.#step(step)
    this.#steps.start(others, carryOut)
    this.#steps.start(awaited, carryOut, () => this.#stepsFor(followers.filter(this.#mayFollow).map(({ op }) => op)))
  }

  /** What it stands on was made, and it is wanted still and nobody else has seen to it meanwhile. */
  readonly #mayFollow = ({ op, after }: Follower): boolean => {
    const { id } = op.to
    return (
      !this.#stopped &&
      this.#options.may(op) &&
      [id, ...after].every((each) => !this.#backoff.isFailing(each)) &&
      this.#pace.isReady(id, this.#options.clock.monotonicMs()) &&
      this.#steps.isUntouched(id) &&
      this.#last.wanted.some((wanted) => wanted.id === id) &&
      !this.#last.seen.some((seen) => seen.id === id)
    )
  }

  /** One look at the host; answers what is to be done now, and what right after that. */
  async #pass(): Promise<{ readonly due: readonly Op[]; readonly followers: readonly Follower[] }> {
    const beganMs = this.#options.clock.monotonicMs()
    this.#lookedMs = this.#eyes.beginsMs()
    this.#steps.looking(this.#lookedMs)
    const read = await this.#eyes.look()
    const wanted = this.#options.wanted(read.seen)
    const look = { ...read, seen: asTheirs(read.seen, wanted) }
    this.#seen = look.seen
    const nowMs = this.#options.clock.monotonicMs()
    this.#steps.looked(nowMs - beganMs)
    this.#judgedMs = nowMs
    const sighted = (resource: Resource) => !look.blind.has(sortOf(resource))
    const todo = plan(wanted.filter(sighted), look.seen.filter(sighted))
    const { ready, blocked } = todo
    // A failure counts only while something is still to be done: what is seen as wanted has nothing wrong with it.
    const undone = new Set([...ready, ...blocked.map(({ op }) => op)].map((op) => subject(op).id))
    this.#backoff.keepOnly(undone)
    this.#pace.saw(new Set(wanted.map(({ id }) => id)), undone, nowMs)
    const byId = new Map(look.seen.map((resource) => [resource.id, resource]))
    this.#causes = new Map(ready.map((op) => [op, causeOf(op, byId)]))
    const allowed = ready.filter((op) => this.#options.may(op))
    const may = allowed.filter((op) => this.#steps.isFree(op))
    const hasty = may.filter((op) => op.type !== 'delete' && !this.#pace.isReady(op.to.id, nowMs))
    const blind = unread(wanted, look)
    this.#last = {
      wanted,
      seen: look.seen,
      failures: new Map([
        ...hasty.map(restless),
        ...this.#backoff.messages(),
        ...[...blind].map(([id, { doing }]) => [id, doing.error] as const),
      ]),
      troubles: new Map([...troublesOf(todo, this.#doing({ nowMs, held: without(ready, allowed) })), ...blind]),
      unreadable: look.blind,
      ms: Math.round(nowMs - beganMs),
    }
    this.#options.onPass(this.#last)
    const due = may.filter(
      (op) => !hasty.includes(op) && this.#backoff.isDue(subject(op).id, nowMs, this.#causes.get(op) ?? ''),
    )
    return { due, followers: followersOf(todo, due) }
  }

  /** What is done about that for which an op is ready. */
  #doing({ nowMs, held }: { readonly nowMs: number; readonly held: ReadonlySet<ResourceId> }) {
    return (id: ResourceId): Doing => {
      const failure = this.#backoff.failure(id)
      if (failure !== undefined) return { type: 'again', afterMs: failure.delayMs, error: failure.message }
      if (!this.#pace.isReady(id, nowMs)) return { type: 'paused', afterMs: this.#pace.pauseMs(id) }
      return { type: held.has(id) ? 'held' : 'now' }
    }
  }

  /** Ops that failed before go alone: one that never works must not spoil those it shares a step with. */
  #stepsFor(ops: readonly Op[]): readonly Step[] {
    return this.#options.drivers.flatMap((driver) => {
      const own = ops.filter((op) => driver.owns(subject(op)))
      const [alone, together] = [own.filter((op) => this.#hasFailed(op)), own.filter((op) => !this.#hasFailed(op))]
      return [...(together.length === 0 ? [] : driver.steps(together)), ...alone.flatMap((op) => driver.steps([op]))]
    })
  }

  #hasFailed(op: Op): boolean {
    return this.#backoff.isFailing(subject(op).id)
  }

  async #step(step: Step): Promise<void> {
    const { exec, clock } = this.#options
    const startMs = clock.monotonicMs()
    const causes = this.#causes
    for (const op of step.ops) if (op.type !== 'delete') this.#pace.spend(op.to, startMs)
    let trouble: string | null = null
    try {
      for (const command of step.commands) await exec.run(command)
    } catch (error) {
      trouble = message(error)
    }
    const nowMs = clock.monotonicMs()
    for (const op of step.ops) {
      const { id } = subject(op)
      if (trouble === null) this.#backoff.succeed(id)
      else this.#backoff.fail(id, { message: trouble, cause: causes.get(op) ?? '', nowMs })
    }
    this.#tell(step.ops, trouble, Math.round(nowMs - startMs))
  }

  #tell(ops: readonly Op[], message: string | null, ms: number): void {
    const { log, onOp } = this.#options
    if (message === null)
      for (const op of ops) log.info({ op: op.type, resource: subject(op).id, reason: op.reason, ms }, 'done')
    else log.warn({ ops: ops.map((op) => `${op.type} ${subject(op).id}`), error: message }, 'failed, tried again later')
    for (const op of ops) {
      const outcome = { op, ok: message === null, message, ms }
      for (const witness of this.#witnesses) witness(outcome)
      onOp?.(outcome)
    }
  }
}

/** The resources of those ops that are not in `some`. */
const without = (all: readonly Op[], some: readonly Op[]): ReadonlySet<ResourceId> =>
  new Set(all.filter((op) => !some.includes(op)).map((op) => subject(op).id))

/** What is told of a resource that has to be mended too often. */
const restless = (op: Op): readonly [ResourceId, string] => [
  subject(op).id,
  `comes undone again and again, so it is mended after a pause: ${op.reason}`,
]
